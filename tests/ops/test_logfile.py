"""Log files have a bound, and lines stay whole."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from ops.logfile import Drain, LogFile, tail


def test_full_files_are_renamed_and_the_oldest_goes(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "logs" / "a.log", limit=1_000, keep=2)
    for number in range(1_000):
        log.write(f"line {number:04}\n".encode())
    log.close()
    files = sorted(path.name for path in (tmp_path / "logs").iterdir())
    assert files == ["a.log", "a.log.1", "a.log.2"]
    whole = ""
    for name in reversed(files):
        text = (tmp_path / "logs" / name).read_text()
        assert len(text) <= 1_010
        assert text.endswith("\n")
        whole += text
    assert whole.splitlines()[-1] == "line 0999"
    assert all(len(line) == 9 for line in whole.splitlines())
    assert tail(log.path, 1) == "line 0999"


def test_reopened_files_go_on_counting(tmp_path: Path) -> None:
    for _ in range(10):
        log = LogFile(tmp_path / "a.log", limit=100)
        log.write(b"x" * 29 + b"\n")
        log.close()
    assert (tmp_path / "a.log").stat().st_size <= 130
    assert log.path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_made_loses_its_lines_until_it_can(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "a.log", limit=100)
    log.close()
    (tmp_path / "a.log").unlink()
    (tmp_path / "a.log").mkdir()
    log = LogFile(tmp_path / "a.log", limit=100)
    log.write(b"lost\n")
    (tmp_path / "a.log").rmdir()
    log.write(b"kept\n")
    log.close()
    assert log.path.read_bytes() == b"kept\n"


async def test_a_flood_is_bounded(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    log = LogFile(tmp_path / "a.log", limit=200_000, keep=1)
    drain = Drain(reading, log)
    flood = await asyncio.create_subprocess_shell(
        "yes 0123456789 | head -c 20000000; echo; echo the end", stdout=writing
    )
    os.close(writing)
    assert await flood.wait() == 0
    await asyncio.wait_for(drain.ended.wait(), 10)
    assert tail(log.path, 1) == "the end"
    assert sum(os.stat(path).st_size for path in (log.path, f"{log.path}.1")) < 600_000


def test_no_log_is_no_error(tmp_path: Path) -> None:
    assert tail(tmp_path / "none") == ""
