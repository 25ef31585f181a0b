"""Lanes: what has the same key runs one after the other, the rest side by side."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Lanes(Generic[T]):
    """Runs items in lanes, and knows how many it holds.

    Args:
        work: handles one item; it raises nothing but CancelledError.
        room: `make_room` waits until at most so many are held.
    """

    def __init__(self, work: Callable[[T], Awaitable[None]], room: int) -> None:
        self._work = work
        self._room = room
        self._waiting: dict[str, deque[T]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self.held = 0

    def put(self, key: str, item: T) -> None:
        """Queue `item` behind what has the same key."""
        self.held += 1
        queue = self._waiting.get(key)
        if queue is not None:
            queue.append(item)
            return
        self._waiting[key] = deque((item,))
        self.adopt(asyncio.get_running_loop().create_task(self._run(key)))

    def adopt(self, task: asyncio.Task[None]) -> None:
        """Keep `task` alive, and end it with the lanes."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def done(self) -> None:
        """Say that one item is off our hands."""
        self.held -= 1
        self._changed.set()

    async def make_room(self) -> None:
        """Wait until there is room for another batch."""
        while self.held > self._room:
            self._changed.clear()
            await self._changed.wait()

    async def drain(self, seconds: float) -> bool:
        """Wait until nothing is held; return whether that came true in time."""
        try:
            async with asyncio.timeout(seconds):
                while self.held:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    async def abandon(self) -> None:
        """Cancel everything that still runs."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, key: str) -> None:
        queue = self._waiting[key]
        try:
            while queue:
                await self._work(queue.popleft())
        finally:
            del self._waiting[key]
