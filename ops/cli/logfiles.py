"""Reads the log files of several processes as one."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

REDIS = re.compile(r"^\d+:[A-Z] (\d\d \w{3} \d{4} \d\d:\d\d:\d\d\.\d{3}) ([.\-*#]) (.*)$")
LEVELS = {".": "debug", "-": "debug", "*": "info", "#": "warning"}
TAIL = 1 << 18
"""Bytes that are read of a file's end."""


@dataclass(frozen=True)
class Line:
    """One line of a log.

    Attributes:
        child: whose.
        at: when, seconds since 1970; 0 where it does not say.
        fields: what it says.
    """

    child: str
    at: float
    fields: dict[str, Any]


def parse(child: str, text: str, before: float = 0.0) -> Line:
    """Read a line: our own are JSON, Redis has its way, anything else is words.

    Args:
        child: whose line it is.
        text: the line.
        before: when the line before was written, for one that does not say.
    """
    try:
        fields = json.loads(text)
        if isinstance(fields, dict):
            return Line(child, _moment(fields) or before, fields)
    except json.JSONDecodeError:
        pass
    found = REDIS.match(text)
    if found is None:
        return Line(child, before, {"text": text})
    at = datetime.strptime(found[1], "%d %b %Y %H:%M:%S.%f").timestamp()
    return Line(child, at, {"at": round(at, 3), "level": LEVELS[found[2]], "text": found[3]})


def _moment(fields: dict[str, Any]) -> float:
    at = fields.get("at", fields.get("timestamp"))
    if isinstance(at, int | float):
        return float(at)
    try:
        return datetime.fromisoformat(str(at)).timestamp()
    except ValueError:
        return 0.0


def last(files: Mapping[str, Path], most: int) -> list[Line]:
    """Return the last lines of all files together, oldest first."""
    found: list[Line] = []
    for child, path in files.items():
        before = 0.0
        for text in _tail(path):
            line = parse(child, text, before)
            before = line.at
            found.append(line)
    found.sort(key=lambda line: line.at)
    return found[-most:] if most else []


def _tail(path: Path) -> list[str]:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - TAIL))
        rows = file.read().decode(errors="replace").splitlines()
    return rows[1:] if size > TAIL else rows


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
