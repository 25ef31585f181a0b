"""Clearing the desk: beyond its bound the oldest letters go where they outlive it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

import structlog
from redis.asyncio import Redis

from schemas.base import new_id
from schemas.desk import Happened
from streams import keys
from streams.store import in_time, text
from streams.sweep import SYSTEM
from streams.voice import SILENT, Voice

log = structlog.get_logger("streams")

AT_ONCE = 1_000
"""Letters in one file, at most."""
DESK = keys.topic("dead")


class Attic(Protocol):
    """Where letters go when the desk is full."""

    def keep(self, first: str, letters: Sequence[str]) -> str:
        """Write letters down, durably; the same `first` again replaces what was written.

        Args:
            first: the oldest letter's entry.
            letters: each as JSON, oldest first.

        Returns:
            Where they are.

        Raises:
            OSError: they could not be written.
        """
        ...


class Clearing:
    """Keeps the desk within its bound.

    Args:
        redis: the durable Redis.
        attic: where the oldest go.
        most: how many letters may lie at the desk.
        voice: tells what went.
    """

    def __init__(self, redis: Redis, attic: Attic, most: int, voice: Voice = SILENT) -> None:
        self._redis = redis
        self._attic = attic
        self._most = most
        self._voice = voice

    async def clear(self) -> int:
        """Move what is too much, the oldest first; return how many letters went."""
        moved = 0
        while True:
            async with in_time():
                rows = await self._too_much()
            if not rows:
                return moved
            first, last = text(rows[0][0]), text(rows[-1][0])
            letters = [text(fields.get(b"data", b"")) for _, fields in rows]
            try:
                file = await asyncio.to_thread(self._attic.keep, first, letters)
            except OSError as error:
                log.error("desk.full", letters=len(letters), error=str(error))
                return moved
            await self._forget(last, len(letters), file)
            moved += len(letters)

    async def _too_much(self) -> list[Any]:
        """Return the letters that must go, without those the journal has not got yet."""
        over = await self._redis.xlen(DESK) - self._most
        if over <= 0:
            return []
        behind = await self._unwritten()
        rows: Any = await self._redis.xrange(DESK, count=min(over, AT_ONCE))
        return [row for row in rows if behind is None or _order(row[0]) < behind]

    async def _unwritten(self) -> tuple[int, int] | None:
        """Return from which entry on the journal has not got it all; None where there is none."""
        groups: Any = await self._redis.xinfo_groups(DESK)
        for group in groups:
            if text(group["name"]) == keys.JOURNAL:
                if group["pending"]:
                    waiting: Any = await self._redis.xpending(DESK, keys.JOURNAL)
                    return _order(waiting["min"])
                moment, number = _order(group["last-delivered-id"])
                return moment, number + 1
        return None

    async def _forget(self, last: str, count: int, file: str) -> None:
        name = new_id()
        event = Happened(
            id=name,
            trace=name,
            session=SYSTEM,
            person=SYSTEM,
            channel=SYSTEM,
            type="dead.moved",
            data={"letters": count, "file": file},
        )
        moment, number = _order(last)
        async with in_time():
            await self._redis.xadd(keys.topic("events"), self._voice.fields(event))
            await self._redis.xtrim(DESK, minid=f"{moment}-{number + 1}", approximate=False)
        log.warning("desk.moved", letters=count, file=file)


def _order(entry: bytes | str) -> tuple[int, int]:
    moment, _, number = text(entry).partition("-")
    return int(moment), int(number)
