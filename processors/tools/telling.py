"""What a tool says while it runs, on its way to whoever watches."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType
from typing import Self

from schemas.chat import Call
from schemas.feed import Printed
from streams.live import LiveFeed

KEPT = 2_000
"""Characters of its newest end that are shown."""
PAUSE = 0.2
"""Seconds between two events at first."""
LONGEST_PAUSE = 2.0
"""The same for a tool that has run for long."""
SLOWER = 50
"""A tool that ran for so many seconds is shown a second more seldom."""


class Telling:
    """Hears one call and tells the feed, until the end of the block.

    However much a tool says, and however fast, the feed gets its newest end a few times a second,
    the more seldom the longer it runs: some 400 events in ten minutes. One that is lost costs
    nothing, for the next has all that is shown.

    Args:
        feed: who watches.
        call: which call it is.
    """

    def __init__(self, feed: LiveFeed, call: Call) -> None:
        self._feed = feed
        self._call = call
        self._end = ""
        self._size = 0
        self._began = time.monotonic()
        self._told = 0.0
        self._due: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        # The result has all of it: nothing that comes later may take its place.
        if self._due is not None:
            self._due.cancel()

    def __call__(self, text: str) -> None:
        """Take more of what it says."""
        self._size += len(text)
        self._end = (self._end + text[-KEPT:])[-KEPT:]
        if self._due is None:
            pause = max(0.0, self._told + self._pause() - time.monotonic())
            self._due = asyncio.get_running_loop().call_later(pause, self._tell)

    def _pause(self) -> float:
        return min(PAUSE + (time.monotonic() - self._began) / SLOWER, LONGEST_PAUSE)

    def _tell(self) -> None:
        self._due, self._told = None, time.monotonic()
        call = self._call
        self._feed.send(
            call.session,
            Printed(
                turn=call.turn, step=call.step, call_id=call.id, text=self._end, size=self._size
            ),
        )
