"""What a process was working on can be read when it is gone, and harms nobody."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from streams.blackbox import HEAD, SLOT, SLOTS, BlackBox, read

PAIRS = (("route", "route"),)


def test_what_runs_is_read_by_others(tmp_path: Path) -> None:
    box = BlackBox(tmp_path / "a.box", "a", PAIRS)
    gone, stays = box.enter("route", "1-0"), box.enter("route", "2-0")
    box.leave(gone)
    found = read(tmp_path / "a.box")
    assert stays >= 0
    assert found is not None
    assert (found.pid, found.consumer, found.pairs) == (os.getpid(), "a", PAIRS)
    assert found.started == (("route", "2-0"),)


def test_its_room_on_the_disk_is_taken_at_the_start(tmp_path: Path) -> None:
    """A mapped page that a full disk has no room for ends the process that writes into it."""
    BlackBox(tmp_path / "a.box", "a", PAIRS)
    assert (tmp_path / "a.box").stat().st_blocks * 512 >= HEAD + SLOT * SLOTS


def test_without_room_on_the_disk_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    box = BlackBox(tmp_path / "a.box", "a", PAIRS)
    box.leave(box.enter("route", "1-0"))
    assert read(tmp_path / "a.box") is None


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00" * 5_000, b"{", b"7", b"{}", b'{"pid":1,"parent":1,"consumer":"a","pairs":[7]}'],
)
def test_what_is_no_black_box_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.box").write_bytes(content)
    assert read(tmp_path / "a.box") is None
