"""Schedules as Redis keeps them: what each is, when it is due next, and what became of it.

Each change is one command, or several of which a repeat does no harm: whoever dies between two of
them leaves something that the clock puts right when it looks at all of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from redis.asyncio import Redis

from streams import keys
from streams.store import AWAY, answering, text, told

log = structlog.get_logger("schedules")

MOST = 200
"""Schedules of one server."""
PAUSE = 1.0
"""Seconds before the line is made again on which changes are heard."""
SILENT = 60.0
"""Seconds without a word after which one may have been missed: who changed something died before
saying so, or the line is dead and does not know it."""

Ask = Callable[..., Awaitable[Any]]
"""Sends one command to the durable Redis, word by word."""


class Schedules:
    """All schedules.

    Args:
        ask: the way to the durable Redis.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    @classmethod
    def on(cls, redis: Redis) -> Schedules:
        """Return the schedules that a client reaches."""

        async def ask(*words: str | bytes | int) -> Any:
            async with answering():
                (found,) = await told(redis, [words])
                return found

        return cls(ask)

    async def all(self) -> dict[str, str]:
        """Return what each is, by name.

        Raises:
            Away: Redis does not answer; so with all that follows.
        """
        return _pairs(await self._ask("HGETALL", keys.SCHEDULES))

    async def count(self) -> int:
        """Return how many there are."""
        return int(await self._ask("HLEN", keys.SCHEDULES))

    async def get(self, name: str) -> str | None:
        """Return what one is; None where there is none of this name."""
        found = await self._ask("HGET", keys.SCHEDULES, name)
        return None if found is None else text(found)

    async def add(self, name: str, body: str) -> bool:
        """Keep a new one; return whether the name was free."""
        return bool(await self._ask("HSETNX", keys.SCHEDULES, name, body))

    async def put(self, name: str, body: str) -> None:
        """Let one be another."""
        await self._ask("HSET", keys.SCHEDULES, name, body)

    async def remove(self, name: str) -> bool:
        """Forget one and what became of it; return whether it was there."""
        # When it is due goes first: what is not due wakes nobody.
        await self._ask("ZREM", keys.SCHEDULES_DUE, name)
        gone = bool(await self._ask("HDEL", keys.SCHEDULES, name))
        await self._ask("DEL", keys.schedule(name))
        return gone

    async def plan(self, name: str, due: int | None) -> None:
        """Say when one is due next, in milliseconds since 1970; None for not at all."""
        if due is None:
            await self._ask("ZREM", keys.SCHEDULES_DUE, name)
        else:
            await self._ask("ZADD", keys.SCHEDULES_DUE, due, name)

    async def due(self, until: int, most: int) -> list[tuple[str, int]]:
        """Return what is due until a moment, with when it was, the oldest first."""
        return await self._due("-inf", str(until), most)

    async def next(self, after: int) -> int | None:
        """Return the first time after a moment at which any is due; None where there is none."""
        found = await self._due(f"({after}", "+inf", 1)
        return found[0][1] if found else None

    async def planned(self) -> dict[str, int]:
        """Return when each is due that is due at all, by name."""
        return dict(await self._due("-inf", "+inf", -1))

    async def advance(self, name: str, due: int, then: int | None) -> bool:
        """Say that one is done with a time, and when it is due next.

        However many say so, one of them hears yes. A time never goes back, so who was held up
        between two commands cannot bring back what others have done since.

        Args:
            name: which.
            due: the time that is done with.
            then: the next time; None where there is none.
        """
        if then is not None:
            words = (keys.SCHEDULES_DUE, "XX", "GT", "CH", then, name)
            return bool(await self._ask("ZADD", *words))
        known = await self._ask("ZSCORE", keys.SCHEDULES_DUE, name)
        # Somebody gave it another time meanwhile: that one counts.
        if known is None or int(float(known)) != due:
            return False
        return bool(await self._ask("ZREM", keys.SCHEDULES_DUE, name))

    async def state(self, name: str) -> dict[str, str]:
        """Return what became of one so far: words, by what they are about."""
        return _pairs(await self._ask("HGETALL", keys.schedule(name)))

    async def note(self, name: str, **words: str | int) -> None:
        """Write down what became of one."""
        pairs = [one for pair in words.items() for one in pair]
        await self._ask("HSET", keys.schedule(name), *pairs)

    async def forget(self, name: str, *about: str) -> None:
        """Forget some of what became of one."""
        await self._ask("HDEL", keys.schedule(name), *about)

    async def count_up(self, name: str, about: str, by: int) -> None:
        """Count something that became of one."""
        if by:
            await self._ask("HINCRBY", keys.schedule(name), about, by)

    async def busy(self, session: str) -> bool:
        """Whether a turn of a conversation runs."""
        return bool(await self._ask("HEXISTS", keys.BUSY, session))

    async def tell(self) -> None:
        """Let every clock know that something is due at another time."""
        await self._ask("PUBLISH", keys.SCHEDULES, "changed")

    async def _due(self, low: str, high: str, most: int) -> list[tuple[str, int]]:
        rows = await self._ask(
            "ZRANGEBYSCORE", keys.SCHEDULES_DUE, low, high, "WITHSCORES", "LIMIT", 0, most
        )
        if rows and isinstance(rows[0], list | tuple):
            return [(text(name), int(float(score))) for name, score in rows]
        pairs = zip(rows[::2], rows[1::2], strict=True)
        return [(text(name), int(float(score))) for name, score in pairs]


class Changes:
    """Hears that a schedule changed.

    Args:
        redis: a client of its own: one of its connections is kept.
        silent: seconds without a word after which one may have been missed.
    """

    def __init__(self, redis: Redis, silent: float = SILENT) -> None:
        self._redis, self._silent = redis, silent
        self.heard = asyncio.Event()
        """Set by each change, and whenever one may have been missed."""

    async def listen(self) -> None:
        """Listen, for ever."""
        while True:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as channel:
                    await channel.subscribe(keys.SCHEDULES)
                    while True:
                        # What confirms that we listen is no message, and sets it too.
                        await channel.get_message(timeout=self._silent)
                        self.heard.set()
            except AWAY as error:
                log.info("schedules.unheard", error=str(error) or type(error).__name__)
                await asyncio.sleep(PAUSE)


def _pairs(found: Any) -> dict[str, str]:
    if isinstance(found, dict):
        return {text(name): text(value) for name, value in found.items()}
    return {text(a): text(b) for a, b in zip(found[::2], found[1::2], strict=True)}
