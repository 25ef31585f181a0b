"""The live feed: one short stream per session, on the Redis that may forget.

An event's id is `<epoch>.<stream id>`. The epoch is new at each start of the live Redis, so a
reader that comes back with an older cursor knows that it must ask the durable side first.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import structlog
from redis.asyncio import Redis

from schemas.base import new_id
from schemas.feed import FeedEvent, LiveEvent, live_events
from streams import keys
from streams.store import AWAY, text

log = structlog.get_logger("streams")

KEPT_EVENTS = 2_000
"""About so many events of a session are kept."""
KEPT_SECONDS = 3_600
"""A session's feed is forgotten so long after its last event."""
WAITING_EVENTS = 10_000
"""Beyond so many unsent events the oldest are dropped: they may be lost."""


class LiveFeed:
    """Sends events without making anybody wait.

    Args:
        redis: the live Redis.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._waiting: deque[tuple[str, FeedEvent]] = deque(maxlen=WAITING_EVENTS)
        self._task: asyncio.Task[None] | None = None

    def send(self, session: str, event: FeedEvent) -> None:
        """Send `event` to whoever watches `session`; it may be lost."""
        self._waiting.append((session, event))
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._flush())

    async def flush(self) -> None:
        """Wait until what was sent is gone."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def _flush(self) -> None:
        await asyncio.sleep(0)
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), 256))]
            try:
                async with self._redis.pipeline(transaction=False) as pipe:
                    for session, event in batch:
                        stream = keys.live(session)
                        pipe.xadd(stream, {"e": event.model_dump_json()}, maxlen=KEPT_EVENTS)
                    # A live Redis that was started anew has forgotten even its epoch.
                    pipe.set(keys.LIVE_EPOCH, new_id(), nx=True)
                    for session in {session for session, _ in batch}:
                        pipe.expire(keys.live(session), KEPT_SECONDS)
                    await pipe.execute()
            except AWAY as error:
                log.info("live.lost", events=len(batch), error=type(error).__name__)


@dataclass(frozen=True, slots=True)
class LiveItem:
    """One event with the cursor behind it; `event` is None for a mere sign of life."""

    cursor: str
    event: LiveEvent | None


async def begin(redis: Redis) -> None:
    """Begin an epoch where the live Redis has none, because it was started anew."""
    await redis.set(keys.LIVE_EPOCH, new_id(), nx=True)


async def epoch(redis: Redis) -> str:
    """Return the live Redis's epoch; '' before the first event after its start."""
    found = await redis.get(keys.LIVE_EPOCH)
    return text(found or b"")


async def position(redis: Redis, session: str) -> str:
    """Return the cursor of a session's newest event: what comes later is news."""
    now = await epoch(redis)
    newest: Any = await redis.xrevrange(keys.live(session), count=1)
    last = text(newest[0][0]) if newest else "0-0"
    return f"{now}.{last}"


async def follow(
    redis: Redis, session: str, cursor: str, *, pause_ms: int = 4_000
) -> AsyncIterator[LiveItem | None]:
    """Yield a session's events behind `cursor`.

    Yields:
        an item per event; an item without event after each pause; None, and then no more, when
        the cursor is of another epoch: ask the durable side what became of the turn.
    """
    theirs, _, last = cursor.partition(".")
    if theirs != await epoch(redis):
        yield None
        return
    while True:
        found: Any = await redis.xread({keys.live(session): last}, count=256, block=pause_ms)
        if theirs != await epoch(redis):
            yield None
            return
        for _, rows in found or []:
            for row, fields in rows:
                last = row.decode()
                yield LiveItem(f"{theirs}.{last}", live_events.validate_json(fields[b"e"]))
        if not found:
            yield LiveItem(f"{theirs}.{last}", None)
