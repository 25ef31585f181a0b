"""What is put on the screen, so that no text of others can do more there than be read."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

# C0 without newline and tab, DEL, C1, and what turns the direction of writing around.
_MOVES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
WIDEST = 100_000
"""Columns of a table that nobody looks at."""
_BREAKS = re.compile(r"[\n\t]")


def _escaped(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"


def safe(text: str) -> str:
    """Return a text of somebody else's that cannot move a cursor; lines and tabs stay."""
    return _MOVES.sub(_escaped, text)


def one_line(text: str, most: int = 200) -> str:
    """Return such a text on one line, cut where it gets long."""
    flat = _BREAKS.sub(" ", safe(text)).strip()
    return flat if len(flat) <= most else f"{flat[: most - 1]}…"


def say(text: str = "", *, end: str = "\n") -> None:
    """Print a line; pass what others wrote through `safe` first."""
    sys.stdout.write(f"{text}{end}")
    sys.stdout.flush()


def say_json(found: Any) -> None:
    """Print one JSON value on one line; in it, too, nothing can move a cursor."""
    text = json.dumps(found, ensure_ascii=False, default=str)
    say(_MOVES.sub(lambda one: f"\\u{ord(one[0]):04x}", text))


def complain(text: str) -> None:
    """Print a sentence on standard error."""
    sys.stderr.write(f"{safe(text)}\n")
    sys.stderr.flush()


def plain_streams() -> None:
    """Let no character end a command where the terminal knows few of them."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def is_terminal(stream: TextIO | None = None) -> bool:
    """Whether a person looks at it."""
    return (stream or sys.stdout).isatty()


def colors() -> bool:
    """Whether what is shown may be in colours: at a terminal, unless its owner wants none."""
    from ops.settings import wants_colors

    return is_terminal() and wants_colors()


def console() -> Console:
    """Return a rich console that takes all text as it is."""
    from rich.console import Console

    return Console(markup=False, highlight=False, emoji=False)


def show(screen: Console, table: Table) -> None:
    """Print a table; for a program as wide as it is, and without spaces at the ends of its rows."""
    if is_terminal():
        screen.print(table)
        return
    screen.width = WIDEST
    with screen.capture() as captured:
        screen.print(table)
    for row in captured.get().splitlines():
        say(row.rstrip())


def age(seconds: float) -> str:
    """Return a span of time as a person says it."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    for size, unit, small, part in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min")):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit} {seconds % size // small:.0f} {part}"
    return f"{seconds // 60:.0f} min {seconds % 60:.0f} s" if seconds >= 60 else f"{seconds:.0f} s"


def size(count: float) -> str:
    """Return a number of bytes as a person says it: in the words of the agent's tools."""
    from processors.tools.wording import sized

    return sized(count)
