"""Where a turn is remembered: in Redis for a while, in the journal for a year."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ops.addresses import url
from ops.replay.past import Past
from ops.settings import Settings
from schemas.errors import NotFound
from streams.line import Away, Line
from streams.recall import Recalled, recall

Memory = Callable[[Settings, str], Awaitable[Recalled | None]]
"""Whoever else remembers turns; None for one it does not know."""


async def gather(settings: Settings, turn: str, journal: Memory) -> Past:
    """Return a turn as it was, from whoever remembers more of it.

    One source alone, because the journal takes secrets out of what it writes: half from here and
    half from there would not fit together.

    Raises:
        NotFound: nobody remembers it.
    """
    found = [one for one in (await _redis(settings, turn), await journal(settings, turn)) if one]
    if not found:
        raise NotFound(f"Nobody remembers a turn {turn}; `nexus history` shows those there are.")
    best = max(found, key=lambda one: len(one.sent))
    if not best.sent:
        raise NotFound(f"Of turn {turn} only the record is left; its messages are gone.")
    return Past.of(turn, best)


async def _redis(settings: Settings, turn: str) -> Recalled | None:
    try:
        line = Line(url(settings, "durable", "desk"))
    except FileNotFoundError:
        return None
    try:
        return await recall(line, turn)
    except Away:
        return None  # the server does not run; the journal can be read all the same
    finally:
        await line.close()
