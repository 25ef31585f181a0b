"""The black box: what a process was working on, readable after a kill -9.

The kernel keeps a mapped file's pages when the process dies, so writing an entry's name into
memory is enough: no system call, no Redis, no fsync on the way of a message. The supervisor
reads the file when it sees its child die, and only what stands in it counts as an attempt.

In the same way a process shows that its loop runs: it counts up a number in the file. One that
stands still is blocked or stopped, and the supervisor ends it.
"""

from __future__ import annotations

import asyncio
import errno
import json
import mmap
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HEAD = 4_096
"""Bytes for who this is."""
BEATS = 8
"""The last of them: how often it has shown that it lives."""
WATCHED = 10
"""How often it does so in the time after which silence counts as hung, and is looked at."""
SLOT = 96
"""Bytes for one entry: topic, a space, the entry's id."""
SLOTS = 2_048
"""Entries that can run at once in one process."""

Pairs = Sequence[tuple[str, str]]
"""(topic, consumer group) of each stage."""


class BlackBox:
    """Writes down what is being worked on.

    Args:
        path: the file; without one, nothing is kept (a process nobody watches). Nothing is kept
            either on a full disk: then what a dead process held is free after a lease.
        consumer: this process's name in the consumer groups.
        pairs: what it reads.
    """

    def __init__(self, path: Path | None, consumer: str = "", pairs: Pairs = ()) -> None:
        self._free = list(range(SLOTS - 1, -1, -1))
        self._map: mmap.mmap | None = None
        self._beats = 0
        if path is None:
            return
        head = json.dumps(
            {"pid": os.getpid(), "parent": os.getppid(), "consumer": consumer, "pairs": list(pairs)}
        )
        if len(head) > HEAD - BEATS:
            raise ValueError("too many stages for one black box")
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            # Its room is taken now: a page that the disk has no room for later kills who writes.
            os.posix_fallocate(descriptor, 0, HEAD + SLOT * SLOTS)
            self._map = mmap.mmap(descriptor, HEAD + SLOT * SLOTS)
        except OSError as error:
            if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
                raise
            path.unlink()
            return
        finally:
            os.close(descriptor)
        self._map[: len(head)] = head.encode()

    def enter(self, topic: str, entry: str) -> int:
        """Write that work on an entry begins; return the slot to leave by."""
        if self._map is None or not self._free:
            return -1
        slot = self._free.pop()
        mark = f"{topic} {entry}".encode()[:SLOT]
        at = HEAD + slot * SLOT
        self._map[at : at + len(mark)] = mark
        return slot

    def leave(self, slot: int) -> None:
        """Write that the work in `slot` is over."""
        if self._map is None or slot < 0:
            return
        at = HEAD + slot * SLOT
        self._map[at : at + SLOT] = bytes(SLOT)
        self._free.append(slot)

    async def live(self, patience: float) -> None:
        """Show, until cancelled, that this process's loop runs.

        Args:
            patience: seconds of silence after which it counts as hung.
        """
        while True:
            self._beats += 1
            if self._map is not None:
                self._map[HEAD - BEATS : HEAD] = self._beats.to_bytes(BEATS, "little")
            await asyncio.sleep(patience / WATCHED)


@dataclass(frozen=True, slots=True)
class Found:
    """What a black box says.

    Attributes:
        pid: whose it was.
        parent: who started that process, and is told of its end.
        consumer: its name in the consumer groups.
        pairs: (topic, group) it read.
        started: (topic, entry) it was working on.
    """

    pid: int
    parent: int
    consumer: str
    pairs: tuple[tuple[str, str], ...]
    started: tuple[tuple[str, str], ...]


def read(path: Path) -> Found | None:
    """Return what a black box says; None when there is none, or it was never begun."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        head = json.loads(content[: HEAD - BEATS].rstrip(b"\x00"))
        pairs = tuple((str(topic), str(group)) for topic, group in head["pairs"])
        pid, parent, consumer = int(head["pid"]), int(head["parent"]), str(head["consumer"])
    except (ValueError, KeyError, TypeError):
        return None  # half written, or not ours: it must not keep the server from starting
    started = []
    for at in range(HEAD, len(content), SLOT):
        mark = content[at : at + SLOT].rstrip(b"\x00").decode("utf-8", "replace")
        topic, _, entry = mark.partition(" ")
        if entry:
            started.append((topic, entry))
    return Found(pid, parent, consumer, pairs, tuple(started))


def beats(folder: Path, pid: int) -> int:
    """Return how often a process has shown that it lives; 0 for one without a black box."""
    count = 0
    for path in folder.glob("*.box"):
        try:
            with path.open("rb") as file:
                head = file.read(HEAD)
            if json.loads(head[:-BEATS].rstrip(b"\x00"))["pid"] == pid:
                # A box of an earlier process with this number adds nothing that changes.
                count += int.from_bytes(head[-BEATS:], "little")
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            continue
    return count


def release_words(consumer: str, at: int, pairs: Pairs, started: Pairs) -> list[str]:
    """Return the arguments of the server function `release`.

    Args:
        consumer: who is gone.
        at: when, in milliseconds since 1970.
        pairs: (topic, group) it read.
        started: (topic, entry) it was working on when it died; empty after a graceful end.
    """
    return [
        consumer,
        str(at),
        str(len(pairs)),
        *(word for pair in pairs for word in pair),
        str(len(started)),
        *(word for pair in started for word in pair),
    ]
