"""Reads the log files of several processes as one."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from ops.loglines import Line, parse

TAIL = 1 << 18
"""Bytes that are read of a file's end at first; more, where they hold too few lines."""


def last(files: Mapping[str, Path], most: int, *, chatter: bool = True) -> list[Line]:
    """Return the last lines of all files together, oldest first.

    Args:
        files: by child.
        most: how many.
        chatter: whether what Redis says when all is well is among them.
    """
    found: list[Line] = []
    if most:
        for child, path in files.items():
            found += _kept(child, path, most, chatter=chatter)
    found.sort(key=lambda line: line.at)
    return found[-most:] if most else []


def _kept(child: str, path: Path, most: int, *, chatter: bool) -> list[Line]:
    """Return a file's last lines: of those that are shown `most`, if there are as many."""
    room = TAIL
    while True:
        rows, whole = _tail(path, room)
        found: list[Line] = []
        before = 0.0
        for text in rows:
            line = parse(child, text, before)
            before = line.at
            if chatter or not line.chatter:
                found.append(line)
        if whole or len(found) >= most:
            return found[-most:]
        room *= 4


def _tail(path: Path, room: int) -> tuple[list[str], bool]:
    """Return the lines in the last bytes of a file, and whether that is all of it."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - room))
        rows = file.read().decode(errors="replace").splitlines()
    return (rows[1:], False) if size > room else (rows, True)


def news(files: Mapping[str, Path]) -> Iterator[list[Line]]:
    """Yield, again and again, what was written since the last time; files may be renamed."""
    opened = {child: path.open("rb") for child, path in files.items()}
    for file in opened.values():
        file.seek(0, 2)
    rest = dict.fromkeys(files, b"")
    while True:
        found: list[Line] = []
        for child, path in files.items():
            data = rest[child] + opened[child].read()
            if path.exists() and not path.samefile(f"/proc/self/fd/{opened[child].fileno()}"):
                opened[child].close()
                opened[child] = path.open("rb")
                data += opened[child].read()
            whole, _, rest[child] = data.rpartition(b"\n")
            rows = whole.decode(errors="replace").splitlines()
            found += [parse(child, row, time.time()) for row in rows]
        yield sorted(found, key=lambda line: line.at)
