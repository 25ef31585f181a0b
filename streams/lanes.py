"""Lanes: what has the same key runs one after the other, the rest side by side."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from typing import Generic, TypeVar

T = TypeVar("T")


class Lanes(Generic[T]):
    """Runs items in lanes, and knows how many it holds.

    Workers take lanes that are ready. One worker runs as many items as never wait; the moment
    an item waits for something, the next worker takes over the rest. So a batch of quick items
    costs one task, and a slow item costs nobody else anything.

    Args:
        work: handles one item; it raises nothing but CancelledError.
        room: `make_room` waits until at most so many are held.
    """

    def __init__(self, work: Callable[[T], Awaitable[None]], room: int) -> None:
        self._work = work
        self._room = room
        self._loop = asyncio.get_running_loop()
        self._context = copy_context()
        self._waiting: dict[str, deque[T]] = {}
        self._ready: deque[str] = deque()
        self._running: dict[str, tuple[T, asyncio.Task[None]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._summoned = False
        self._changed = asyncio.Event()
        self._excused = 0
        self.held = 0

    def put(self, key: str, item: T) -> None:
        """Queue `item` behind what has the same key."""
        self.held += 1
        queue = self._waiting.get(key)
        if queue is not None:
            queue.append(item)
            return
        self._waiting[key] = deque((item,))
        self._ready.append(key)
        if not self._summoned:
            self._summoned = True
            self._enter()

    def cancel(self, key: str, item: T) -> bool:
        """Cancel `item` if it is the one that runs in its lane; return whether it was."""
        current = self._running.get(key)
        if current is None or current[0] is not item:
            return False
        return current[1].cancel()

    def adopt(self, task: asyncio.Task[None]) -> None:
        """Keep `task` alive, and end it with the lanes."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def done(self, excused: int = 0) -> None:
        """Say that one item is off our hands, and how many of the others take up no room."""
        self.held -= 1
        self.excuse(excused)

    def excuse(self, many: int) -> None:
        """Say how many of the items that are held take up no room."""
        self._excused = many
        self._changed.set()

    async def make_room(self) -> None:
        """Wait until there is room for another batch."""
        while self.held - self._excused > self._room:
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
        self._ready.clear()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _summon(self) -> None:
        if not self._summoned:
            self._summoned = True
            self._loop.call_soon(self._enter)

    def _enter(self) -> None:
        if self._ready:
            # Not in the context of whoever put the item: that of a reader holds its whole batch,
            # and a connection that is opened in it would hold it for as long as it lives.
            self.adopt(self._loop.create_task(self._run(), context=self._context.copy()))
        else:
            self._summoned = False

    async def _run(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._summoned = False
        while self._ready:
            key = self._ready.popleft()
            queue = self._waiting[key]
            item = queue.popleft()
            if self._ready:
                self._summon()  # runs only if the item below waits
            self._running[key] = item, task
            try:
                await self._work(item)
            finally:
                del self._running[key]
                if queue:
                    self._ready.append(key)
                    self._summon()
                else:
                    del self._waiting[key]


def uncancel() -> None:
    """Take back what cancelled the item that runs here: its worker goes on."""
    task = asyncio.current_task()
    if task is not None:
        while task.uncancel():
            pass
