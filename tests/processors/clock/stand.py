"""What the tests of the clock stand on: a time that they make, and a clock that lives by it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from processors.clock.book import Book
from processors.clock.clock import Clock
from schemas.chat import Received
from schemas.notices import Notice
from schemas.schedules import ScheduleForm
from streams import keys
from streams.broker import ensure_group
from streams.schedules import Schedules
from streams.sign import Gateway
from tests.stand import QUICK, Stand

OURS = Gateway("clock", b"c" * 32, frozenset({"clock"}))
START = 1_795_996_800_000
"""Monday 30 November 2026, 00:00 UTC, in milliseconds since 1970."""
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


class Time:
    """A wall clock that goes on when a test says so, and wakes who waits on it as the real one."""

    def __init__(self, now: int = START) -> None:
        self._now = now
        self._set = asyncio.Event()
        self.awaited: list[int | None] = []
        """Until when somebody waited."""

    def now(self) -> int:
        return self._now

    async def until(self, at: int | None) -> None:
        self.awaited.append(at)
        while at is None or self._now < at:
            seen = self._set
            await seen.wait()
            if at is None:
                return

    def set(self, now: int) -> None:
        """Put the clock to a moment."""
        self._now = now
        self._set.set()
        self._set = asyncio.Event()


class Board:
    """A place for notices that keeps them."""

    def __init__(self) -> None:
        self.told: list[Notice] = []

    async def publish(self, notice: Notice) -> str:
        self.told.append(notice)
        return notice.key or ""


class Scene:
    """Schedules, a time, and any number of clocks."""

    def __init__(self, stand: Stand, schedules: Schedules | None = None) -> None:
        self.stand, self.time, self.board = stand, Time(), Board()
        self.schedules = schedules or Schedules.on(stand.redis)
        self.book = Book(self.schedules, self.time.now)

    def clock(self, schedules: Schedules | None = None, door: Any = None) -> Clock:
        """Return one more clock."""
        door = door or self.stand.ingress(QUICK, OURS)
        changed = asyncio.Event()
        return Clock(schedules or self.schedules, door, self.board, self.time, changed)

    async def add(self, when: str = "every hour", name: str = "disks", **more: Any) -> None:
        """Make a schedule."""
        known = {"name": name, "when": when, "says": "How are the disks?", "zone": "UTC"}
        await self.book.add(ScheduleForm(**{**known, **more}), "owner")

    async def said(self) -> list[Received]:
        """Return all that was said, oldest first."""
        return [Received.model_validate_json(one) for one in await self.stand.data("inbox")]

    async def dues(self) -> list[int]:
        """Return for which times something was said."""
        return [int(one.session.rpartition("-")[2]) for one in await self.said()]


async def scene_of(stand: Stand) -> Scene:
    """Return a scene whose inbox is there."""
    await ensure_group(stand.redis, keys.topic("inbox"), "admit")
    return Scene(stand)


@asynccontextmanager
async def going(clock: Clock) -> AsyncIterator[None]:
    """Let a clock go until the end of the block."""
    task = asyncio.create_task(clock.run())
    try:
        yield
        assert not task.done(), task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
