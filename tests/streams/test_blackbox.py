"""The black box: what stands in it after a kill -9."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from streams.blackbox import HEAD, SLOT, SLOTS, BlackBox, read, release_words

PAIRS = [("think", "think"), ("tool", "tool")]


def test_what_was_begun_and_not_ended_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.box"
    box = BlackBox(path, "me", PAIRS)
    first = box.enter("think", "1-1")
    box.enter("tool", "2-2")
    box.leave(first)
    box.enter("think", "3-3")
    found = read(path)
    assert found is not None
    assert (found.pid, found.parent, found.consumer) == (os.getpid(), os.getppid(), "me")
    assert found.pairs == (("think", "think"), ("tool", "tool"))
    assert sorted(found.started) == [("think", "3-3"), ("tool", "2-2")]


def test_it_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "a.box"
    code = (
        "import os, signal, sys; from pathlib import Path; from streams.blackbox import BlackBox\n"
        "box = BlackBox(Path(sys.argv[1]), 'me', [('think', 'think')])\n"
        "box.leave(box.enter('think', '1-1')); box.enter('think', '2-2')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code, path], check=False)
    assert ended.returncode == -signal.SIGKILL
    found = read(path)
    assert found is not None
    assert found.started == (("think", "2-2"),)
    assert found.parent == os.getpid()


def test_more_than_fits_is_worked_on_all_the_same(tmp_path: Path) -> None:
    box = BlackBox(tmp_path / "a.box", "me", PAIRS)
    slots = [box.enter("think", f"{n}-0") for n in range(SLOTS + 5)]
    assert slots[-5:] == [-1] * 5
    for slot in slots:
        box.leave(slot)
    found = read(tmp_path / "a.box")
    assert found is not None
    assert found.started == ()


def test_none_and_half_of_one_say_nothing(tmp_path: Path) -> None:
    assert read(tmp_path / "none.box") is None
    (tmp_path / "half.box").write_bytes(b'{"pid": 1')
    assert read(tmp_path / "half.box") is None
    box = BlackBox(None)
    box.leave(box.enter("think", "1-1"))


def test_the_words_of_a_release() -> None:
    assert release_words("me", 5, PAIRS[:1], [("think", "1-1")]) == [
        "me", "5", "1", "think", "think", "1", "think", "1-1",
    ]  # fmt: skip


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
