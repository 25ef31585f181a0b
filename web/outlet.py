"""A client's buffer: bounded, so that one that never reads costs nobody else anything."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

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
        self._loop = asyncio.get_running_loop()
        # A bare future: this is done once for each event and each who watches.
        self._waiter: asyncio.Future[None] | None = None
        self._nudged = False

    def put(self, frame: Frame) -> None:
        """Add a frame."""
        if self._open():
            self._frames.append(frame)
            self._size += len(frame.data)
            self._wake()

    def put_all(self, frames: Sequence[Frame]) -> None:
        """Add frames. What is added at once may be as large as it is; what piles up may not."""
        if frames and self._open():
            self._frames += frames
            self._size += sum(len(frame.data) for frame in frames)
            self._wake()

    def nudge(self) -> None:
        """Let who waits look up, although nothing came."""
        self._nudged = True
        self._wake()

    async def take(self) -> list[Frame]:
        """Return what waits, as soon as something does; nothing after a nudge.

        Raises:
            Dropped: too much waited.
        """
        if not (self._frames or self._nudged or self.dropped):
            self._waiter = self._loop.create_future()
            await self._waiter
        self._nudged = False
        if self.dropped:
            raise Dropped
        found, self._frames, self._size = self._frames, [], 0
        return found

    def _open(self) -> bool:
        """Whether more may be added; a client for which too much waits already is given up."""
        if self._size > self._limit and not self.dropped:
            self._frames.clear()
            self.dropped = True
            DROPPED.inc()
            self._wake()
            self.on_drop()
        return not self.dropped

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)
