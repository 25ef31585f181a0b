"""One line of a log, whoever wrote it: what it says, and how a person is shown it.

The supervisor shows lines with this, so it loads nothing but the standard library.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

REDIS = re.compile(r"^\d+:[A-Z] (\d\d \w{3} \d{4} \d\d:\d\d:\d\d\.\d{3}) ([.\-*#]) (.*)$")
SIGNALLED = re.compile(r"^\d+:signal-handler \((\d+)\) (.*)$")
LEVELS = {".": "debug", "-": "debug", "*": "info", "#": "warning"}
KNOWN = (
    "Deprecation warning: Allowing a first arg",
    "WARNING Memory overcommit must be enabled",
    "Redis is now ready to exit",
)
"""What Redis warns of every time: that our access lists name the functions a role may call, that a
copy of its memory might not find room, and that it goes as it was told to."""

WIDTH = 10
"""Of the column with the child's name."""
DIM, PLAIN = "\x1b[2m", "\x1b[0m"
COLORS = {"error": "\x1b[31m", "critical": "\x1b[31m", "warning": "\x1b[33m", "debug": DIM}


@dataclass(frozen=True)
class Line:
    """One line of a log.

    Attributes:
        child: whose.
        at: when, seconds since 1970; 0 where it does not say.
        fields: what it says.
        chatter: whether it is what Redis says when all is well.
    """

    child: str
    at: float
    fields: dict[str, Any]
    chatter: bool = False


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
    found = SIGNALLED.match(text)
    if found is not None:
        at = float(found[1])
        return Line(child, at, {"at": at, "level": "info", "text": found[2]}, chatter=True)
    found = REDIS.match(text)
    if found is None:
        return Line(child, before, {"text": text})
    at = datetime.strptime(found[1], "%d %b %Y %H:%M:%S.%f").timestamp()
    fields = {"at": round(at, 3), "level": LEVELS[found[2]], "text": found[3]}
    return Line(child, at, fields, found[2] != "#" or found[3].startswith(KNOWN))


def _moment(fields: dict[str, Any]) -> float:
    at = fields.get("at", fields.get("timestamp"))
    if isinstance(at, int | float):
        return float(at)
    try:
        return datetime.fromisoformat(str(at)).timestamp()
    except ValueError:
        return 0.0


def shown(line: Line, *, color: bool = False) -> str:
    """Return a line as a person is shown it; a trace follows on lines of its own.

    Args:
        line: the line.
        color: whether the terminal understands escape sequences.
    """
    dim, plain = (DIM, PLAIN) if color else ("", "")
    fields = dict(line.fields)
    for known in ("timestamp", "at"):
        fields.pop(known, None)
    level = str(fields.pop("level", ""))
    trace = str(fields.pop("exception", ""))
    words = ": ".join(str(fields.pop(key)) for key in ("event", "text") if key in fields)
    clock = time.strftime("%H:%M:%S", time.localtime(line.at)) if line.at else "        "
    tint = COLORS.get(level, "") if color else ""
    found = f"{dim}{clock} {line.child:<{WIDTH}}  {plain}{tint}{_one_line(words, 2_000)}"
    found += plain if tint else ""
    for key, value in fields.items():
        found += f"  {dim}{_one_line(key)}={plain}{_one_line(str(value), 500)}"
    for row in trace.splitlines():
        found += f"\n    {dim}{_one_line(row, 500)}{plain}"
    return found


def _one_line(text: str, most: int = 200) -> str:
    """Return a text that cannot move a cursor, cut where it gets long."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
    return text if len(text) <= most else f"{text[: most - 1]}…"
