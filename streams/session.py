"""A session as others see it: what runs, and how much waits behind it."""

from __future__ import annotations

from dataclasses import dataclass

from redis.asyncio import Redis

from streams import keys
from streams.store import in_time, text


@dataclass(frozen=True, slots=True)
class SessionState:
    """One session, now.

    Attributes:
        busy: the running turn's id, or None.
        waiting: how many messages wait behind it.
        asking: how many of its calls wait for a person.
    """

    busy: str | None = None
    waiting: int = 0
    asking: int = 0


async def state_of(redis: Redis, session: str) -> SessionState:
    """Read a session's state."""
    async with in_time(), redis.pipeline(transaction=False) as pipe:
        pipe.hget(keys.BUSY, session)
        pipe.llen(keys.mailbox(session))
        pipe.scard(keys.session_asks(session))
        busy, waiting, asking = await pipe.execute()
    return SessionState(text(busy) if busy else None, int(waiting), int(asking))
