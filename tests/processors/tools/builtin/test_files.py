"""The file tools: what people see of names and contents that mean no good."""

from __future__ import annotations

import os
from pathlib import Path

from processors.tools.output import MAX_TEXT
from processors.tools.registry import Registry


async def test_a_hostile_name_stays_on_its_line(house: Registry, tmp_path: Path) -> None:
    (tmp_path / "open" / "a\n\x1b[2J\u202eb").touch()
    os.close(os.open(os.fsencode(tmp_path / "open") + b"/\xff\xfe", os.O_CREAT))
    for name, arguments in (("files_list", {}), ("files_search", {"words": "a"})):
        result = await house.run(name, arguments)
        assert result.ok
        assert "a\\x0a\\x1b[2J\\u202eb" in result.text
        assert "\x1b" not in result.text + str(result.data)
    assert "\\udcff\\udcfe" in (await house.run("files_list", {})).text


async def test_a_text_is_read_in_whole_characters(house: Registry, tmp_path: Path) -> None:
    text = "äöü€😀" * 20_000
    (tmp_path / "open" / "long.txt").write_text(text)
    read, offset = "", 0
    for _ in range(100):
        result = await house.run(
            "files_read", {"path": "long.txt", "offset": offset, "size": 9_999}
        )
        assert result.ok
        assert len(result.text.encode()) <= MAX_TEXT
        read += result.text.split(":\n", 1)[1].split("\n… ")[0]
        offset = result.data["next_offset"]
        if offset is None:
            break
    assert read == text


async def test_binary_empty_and_missing_are_said(house: Registry, tmp_path: Path) -> None:
    (tmp_path / "open" / "blob").write_bytes(b"\x7fELF\x00\x01")
    (tmp_path / "open" / "empty").touch()
    blob = await house.run("files_read", {"path": "blob"})
    assert blob.ok
    assert "is not text" in blob.text
    assert blob.data["binary"]
    assert "is empty" in (await house.run("files_read", {"path": "empty"})).text
    missing = await house.run("files_read", {"path": "none"})
    assert (missing.ok, missing.code) == (False, "not_found")


async def test_outside_is_refused(house: Registry, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("WITNESS")
    (tmp_path / "open" / "link").symlink_to(tmp_path)
    for path in ("../secret", str(tmp_path / "secret"), "link/secret", "/etc/passwd"):
        for name in ("files_read", "files_list"):
            result = await house.run(name, {"path": path})
            assert (result.ok, result.code) == (False, "forbidden")
            assert "WITNESS" not in result.text
    found = await house.run("files_search", {"words": "WITNESS", "among": "text"})
    assert found.data["matches"] == []


async def test_ten_thousand_entries_are_summed_up(house: Registry, tmp_path: Path) -> None:
    for number in range(10_000):
        (tmp_path / "open" / f"{number:05}.txt").touch()
    result = await house.run("files_list", {})
    assert "holds 10000 entries; the first 200 are shown." in result.text
    assert len(result.data["entries"]) == 200
