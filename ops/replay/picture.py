"""What a replay looks like on a screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from ops.replay.service import Result


def way(results: Sequence[Result]) -> str:
    """Return the turn's way as one line: `inbox → route → think → …`."""
    names = ["inbox", *(one.stage for one in results if one.stage not in {"admit", "deliver"})]
    words = [(name, len(list(group))) for name, group in groupby(names)]
    told = [name if count == 1 else f"{name} ×{count}" for name, count in words]  # noqa: RUF001
    return " → ".join([*told, *(["outbox"] if any(r.stage == "deliver" for r in results) else [])])


def rows(results: Iterable[Result]) -> list[str]:
    """Return a line for each stage, and behind one that differs what differs."""
    found = []
    for one in results:
        mark = "·" if one.note else "✓" if one.same else "✗"
        took = "" if one.elapsed_ms is None else _span(one.elapsed_ms)
        what = "; ".join(filter(None, (one.what, one.note)))
        found.append(f"{mark} {one.stage:<8} {took:>9}  {what}".rstrip())
        if not one.same:
            found += [f"    {row}" for row in one.diff.splitlines()]
    return found


def _span(milliseconds: float) -> str:
    if milliseconds >= 10_000:
        return f"{milliseconds / 1000:.0f} s"
    return f"{milliseconds / 1000:.1f} s" if milliseconds >= 1000 else f"{milliseconds:.1f} ms"
