"""A client's buffer: bounded, so that one that never reads costs nobody else anything."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from prometheus_client import Counter

from schemas.errors import Refused
from web.frames import Frame

LIMIT = 1 << 20
"""Bytes that may wait for one client."""

DROPPED = Counter("nexus_web_dropped_total", "Clients that were dropped because they did not read.")


class Dropped(Refused):
    """The client reads too slowly."""

    code = "not_reading"
    status = 408

    def __init__(self) -> None:
        super().__init__(f"More than {LIMIT} bytes waited for a client that does not read them.")


class Outlet:
    """Frames that wait for one client.

    Args:
        limit: how many bytes may wait.

    Attributes:
        dropped: whether the client is given up.
        on_drop: is called when it is.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self.dropped = False
        self.on_drop: Callable[[], object] = lambda: None
        self._limit = limit
        self._frames: list[Frame] = []
        self._size = 0
        self._news = asyncio.Event()

    def put(self, *frames: Frame) -> None:
        """Add frames. What is added at once may be as large as it is; what piles up may not."""
        if self.dropped or not frames:
            return
        if self._size > self._limit:
            self._frames.clear()
            self.dropped = True
            DROPPED.inc()
            self._news.set()
            self.on_drop()
            return
        self._frames += frames
        self._size += sum(len(frame.data) for frame in frames)
        self._news.set()

    async def take(self, seconds: float | None = None) -> list[Frame]:
        """Return what waits, as soon as something does; nothing if that took too long.

        Raises:
            Dropped: too much waited.
        """
        if not self._news.is_set():
            try:
                async with asyncio.timeout(seconds):
                    await self._news.wait()
            except TimeoutError:
                return []
        self._news.clear()
        if self.dropped:
            raise Dropped
        found, self._frames, self._size = self._frames, [], 0
        return found
