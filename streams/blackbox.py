"""The black box: what a process was working on, readable after a kill -9.

The kernel keeps a mapped file's pages when the process dies, so writing an entry's name into
memory is enough: no system call, no Redis, no fsync on the way of a message. The supervisor
reads the file when it sees its child die, and only what stands in it counts as an attempt.
"""

from __future__ import annotations

import mmap
import os
from pathlib import Path

SLOT = 96
"""Bytes for one entry: topic, a space, the entry's id."""
SLOTS = 2_048
"""Entries that can run at once in one process."""


class BlackBox:
    """Writes down what is being worked on.

    Args:
        path: the file; without one, nothing is kept (a process nobody watches).
    """

    def __init__(self, path: Path | None) -> None:
        self._free = list(range(SLOTS - 1, -1, -1))
        self._map: mmap.mmap | None = None
        if path is not None:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
            try:
                os.truncate(descriptor, SLOT * SLOTS)
                self._map = mmap.mmap(descriptor, SLOT * SLOTS)
            finally:
                os.close(descriptor)

    def enter(self, topic: str, entry: str) -> int:
        """Write that work on an entry begins; return the slot to leave by."""
        if self._map is None or not self._free:
            return -1
        slot = self._free.pop()
        mark = f"{topic} {entry}".encode()[:SLOT]
        self._map[slot * SLOT : slot * SLOT + len(mark)] = mark
        return slot

    def leave(self, slot: int) -> None:
        """Write that the work in `slot` is over."""
        if self._map is None or slot < 0:
            return
        self._map[slot * SLOT : (slot + 1) * SLOT] = bytes(SLOT)
        self._free.append(slot)


def read(path: Path) -> list[tuple[str, str]]:
    """Return (topic, entry id) of all that a dead process was working on."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    found = []
    for at in range(0, len(content), SLOT):
        mark = content[at : at + SLOT].rstrip(b"\x00").decode("utf-8", "replace")
        topic, _, entry = mark.partition(" ")
        if entry:
            found.append((topic, entry))
    return found
