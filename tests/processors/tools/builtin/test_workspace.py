"""The agent's own folder: each change does what it says, and its way back undoes it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from gateways.machines.bin import FOLDER
from gateways.machines.workspace import Workspace
from processors.tools.redact import GONE
from processors.tools.registry import Registry
from processors.tools.tiers import Situation
from schemas.tools import Tier, ToolResult

OWNER = Situation(profile="full", person="owner")


@pytest.fixture
def ground(tmp_path: Path) -> Path:
    ground = tmp_path / "workspace"
    (ground / "old").mkdir(parents=True)
    (ground / "a.md").write_text("milk\nbread\n")
    (ground / "old" / "b.md").write_text("b")
    return ground


def picture(ground: Path) -> dict[str, str]:
    """All files with their content, without what is kept."""
    return {
        str(path.relative_to(ground)): path.read_text()
        for path in sorted(ground.rglob("*"))
        if path.is_file() and FOLDER not in path.parts
    }


def touched(*folders: Path) -> dict[Path, int]:
    """When each name in the folders was last written to."""
    return {path: path.lstat().st_mtime_ns for folder in folders for path in folder.iterdir()}


async def undone(house: Registry, result: ToolResult, key: str = "undo") -> ToolResult:
    assert result.ok, result.text
    assert result.undo is not None
    assert result.undo.tool in result.text
    assert house.assess(result.undo.tool, result.undo.arguments, OWNER).tier == Tier.YELLOW
    return await house.run(result.undo.tool, result.undo.arguments, key)


CHANGES: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    ("files_write", {"path": "a.md", "content": "tea"}, {"a.md": "tea"}),
    ("files_write", {"path": "x/y.md", "content": "new"}, {"x/y.md": "new"}),
    ("files_edit", {"path": "a.md", "old": "bread", "new": "oats"}, {"a.md": "milk\noats\n"}),
    ("files_move", {"path": "a.md", "to": "x/z.md"}, {"a.md": "", "x/z.md": "milk\nbread\n"}),
    ("files_move", {"path": "old", "to": "older"}, {"old/b.md": "", "older/b.md": "b"}),
    ("files_delete", {"path": "a.md"}, {"a.md": ""}),
    ("files_delete", {"path": "old"}, {"old/b.md": ""}),
    ("notes_append", {"text": "call Ada"}, {"notes.md": "- call Ada\n"}),
]


@pytest.mark.parametrize(("tool", "arguments", "then"), CHANGES)
async def test_a_change_and_its_way_back(
    house: Registry, ground: Path, tool: str, arguments: dict[str, Any], then: dict[str, str]
) -> None:
    before = picture(ground)
    assert house.assess(tool, arguments, OWNER).tier == Tier.YELLOW
    result = await house.run(tool, arguments, "call")
    after = picture(ground)
    assert after == {name: text for name, text in {**before, **then}.items() if text}
    again = await undone(house, result)
    was = {**before, "notes.md": ""} if tool == "notes_append" else before
    assert picture(ground) == was
    await undone(house, again, "redo")
    assert picture(ground) == after


@pytest.mark.parametrize(("tool", "arguments", "then"), CHANGES[:-1])
async def test_the_same_call_again_changes_nothing_more(
    house: Registry, ground: Path, tool: str, arguments: dict[str, Any], then: dict[str, str]
) -> None:
    """As after a crash: the way back still leads to what was there before the first."""
    before = picture(ground)
    await house.run(tool, arguments, "call")
    after = picture(ground)
    probe = house.get(tool).effect == "probe"
    result = await house.run(tool, arguments, "call", probe=probe)
    assert result.ok, result.text
    assert picture(ground) == after
    again = await undone(house, result)
    assert again.ok, again.text
    assert picture(ground) == before
    assert result.undo is not None
    if not probe:
        await house.run(result.undo.tool, result.undo.arguments, "undo")
        assert picture(ground) == before


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("files_edit", {"path": "a.md", "old": "tea", "new": ""}, "does not occur"),
        ("files_edit", {"path": "a.md", "old": "\n", "new": ""}, "occurs 2 times"),
        ("files_edit", {"path": "none.md", "old": "x", "new": ""}, "does not exist"),
        ("files_edit", {"path": "old", "old": "x", "new": ""}, "not a regular file"),
        ("files_edit", {"path": "pipe", "old": "x", "new": ""}, "not a regular file"),
        ("files_move", {"path": "a.md", "to": "old/b.md"}, "there already"),
        ("files_move", {"path": "none", "to": "x"}, "does not exist"),
        ("files_move", {"path": "a.md", "to": "../a.md"}, "'..'"),
        ("files_move", {"path": "link", "to": "x"}, "links are not followed"),
        ("files_move", {"path": "old", "to": "old/deeper"}, "Invalid argument"),
        ("files_delete", {"path": "none"}, "does not exist"),
        ("files_delete", {"path": "link"}, "links are not followed"),
        ("files_delete", {"path": "door/victim"}, "no folder"),
        ("files_delete", {"path": ".."}, "'..'"),
        ("files_delete", {"path": "/etc/passwd"}, "below the workspace"),
        ("files_delete", {"path": "."}, "below the workspace"),
        ("files_delete", {"path": FOLDER}, "files_restore only"),
        ("files_write", {"path": f"./{FOLDER}/x", "content": ""}, "files_restore only"),
        ("files_write", {"path": "door/new", "content": ""}, "no folder"),
        ("files_write", {"path": "link", "content": ""}, "links are not followed"),
        ("files_write", {"path": "a\x00b", "content": ""}, "below the workspace"),
        ("files_restore", {"change": "0" * 32}, "Nothing is kept"),
        ("files_restore", {"change": "../../a"}, "pattern"),
    ],
)
async def test_what_cannot_be_done_is_said_and_changes_nothing(
    house: Registry, ground: Path, tmp_path: Path, tool: str, arguments: dict[str, Any], says: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "victim").write_text("safe")
    (ground / "link").symlink_to(outside / "victim")
    (ground / "door").symlink_to(outside)
    os.mkfifo(ground / "pipe")
    before = touched(ground, outside)
    result = await house.run(tool, arguments, "call")
    assert not result.ok
    assert says in result.text
    if FOLDER in os.listdir(ground):
        (ground / FOLDER).rmdir()
    assert touched(ground, outside) == before


async def test_what_a_file_is_now_is_told(house: Registry, ground: Path) -> None:
    async def now(**arguments: str) -> dict[str, str]:
        return await house.identify("files_move", arguments)

    first = await now(path="./a.md", to="x//y")
    assert first["file:a.md"].startswith("11 bytes, sha256 ")
    assert first["file:x/y"] == "absent"
    (ground / "a.md").write_text("milk\nbeer!\n")
    assert (await now(path="a.md", to="x"))["file:a.md"] != first["file:a.md"]
    (ground / "old" / "c").write_text("")
    assert "2 entries" in (await now(path="old", to="x"))["file:old"]


async def test_an_edit_does_not_undo_what_others_did_meanwhile(
    house: Registry, ground: Path
) -> None:
    edit = {"path": "a.md", "old": "bread", "new": "oats"}
    assert (await house.run("files_edit", edit, "call")).ok
    (ground / "a.md").write_text("mine")
    result = await house.run("files_edit", edit, "call")
    assert result.code == "conflict"
    assert (ground / "a.md").read_text() == "mine"


async def test_what_is_kept_makes_room(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "w", most_mb=1)
    for n in range(6):
        workspace.write("big", str(n) * 300_000, f"{n}" * 32)
    assert (tmp_path / "w" / "big").read_text() == "5" * 300_000


async def test_a_card_shows_what_will_be_written(house: Registry) -> None:
    found = house.assess("files_write", {"path": "x", "content": "a\u202eb" + "c" * 9_000}, OWNER)
    assert found.command.startswith("write x (sha256 ")
    assert "a\\u202eb" in found.command
    assert "more bytes" in found.command
    assert (found.targets, found.undo) == (("file:x",), "the content it has now comes back")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("files_write", {"path": "a.md", "content": f"password: {GONE}"}),
        ("files_edit", {"path": "a.md", "old": "bread", "new": f"password: {GONE}"}),
    ],
)
async def test_what_was_not_shown_is_not_written_over(
    house: Registry, ground: Path, name: str, arguments: dict[str, Any]
) -> None:
    before = picture(ground)
    result = await house.run(name, arguments, "k")
    assert (result.ok, result.code) == (False, "invalid")
    assert "would be lost" in result.text
    assert picture(ground) == before
