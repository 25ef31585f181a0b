"""How tools put numbers, moments and names into words for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from processors.tools.output import visible

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def figures(value: float) -> str:
    """Write a number with at least three significant digits: within half a percent of true."""
    if value >= 99.95 or value == int(value):
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"


def sized(count: float) -> str:
    """Write bytes, of memory and on disk alike, in units of 1000: "252 GB"."""
    for unit in _UNITS[:-1]:
        if count < 999.5:
            return f"{figures(count)} {unit}"
        count /= 1000
    return f"{figures(count)} {_UNITS[-1]}"


def share(part: float, whole: float) -> str:
    """Write a share in percent: "70 %"."""
    return f"{100 * part / whole:.0f} %" if whole else "0 %"


def span(seconds: float) -> str:
    """Write a span of time in its two largest units: "3 days 4 hours"."""
    rest = int(seconds)
    words = []
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        count, rest = divmod(rest, length)
        if count:
            words.append(counted(count, unit))
    return " ".join(words[:2]) or "0 seconds"


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """Write a count with its noun: "1 container", "3 containers"."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def moment(seconds: float) -> str:
    """Write seconds since 1970 as UTC, to the minute."""
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"
    except (OverflowError, OSError, ValueError):
        return "unknown"  # A file's time can be set to anything.


def name(text: str) -> str:
    """Write a name that others chose so that it stays on its line and commands no terminal."""
    return visible(text, keep="")


def listed(names: Sequence[str], most: int = 5) -> str:
    """Write a few names: "a, b and 3 more"."""
    shown = [name(item) for item in names[:most]]
    if len(names) > most:
        return f"{', '.join(shown)} and {len(names) - most} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)
