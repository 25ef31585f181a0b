"""What is said of a turn while it is written, for a process that may only read its own feeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from redis.asyncio import Redis

from schemas.base import now_ms
from schemas.feed import LiveEvent, live_events
from streams import keys
from streams.store import answering, text

AT_ONCE = 1_000
"""Events in one look."""
BEFORE_MS = 10_000
"""So far back the first look goes: a turn's first events may be there before anybody looks."""


class Overheard:
    """Looks into live feeds, without waiting for anything: what is missed is only seen late.

    Args:
        redis: the live Redis, in a role that may read these feeds.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def news(self, session: str, after: str) -> tuple[Sequence[LiveEvent], str]:
        """Return what happened in a session since a place, and the place to ask from next.

        Args:
            session: the conversation.
            after: what the last look gave; "" at the first one.

        Raises:
            Away: the live Redis does not answer.
        """
        begin = f"({after}" if after else str(now_ms() - BEFORE_MS)
        async with answering():
            rows: Any = await self._redis.xrange(keys.live(session), begin, "+", AT_ONCE)
        found: list[LiveEvent] = []
        for at, fields in rows or ():
            after = text(at)
            try:
                found.append(live_events.validate_json(fields[b"e"]))
            except (ValidationError, KeyError):
                continue  # of a newer version, perhaps; it may be lost
        return found, after
