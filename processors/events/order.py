"""The order in which events are handed on: that in which they came, although many are worked on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager


class Order:
    """Lines of events; each goes on when those before it have."""

    def __init__(self) -> None:
        self._last: dict[str, asyncio.Future[None]] = {}

    @asynccontextmanager
    async def turn(self, line: str) -> AsyncIterator[Callable[[], Awaitable[None]]]:
        """Stand in a line; what is given waits until it is our turn. Leaving lets the next go on.

        Whoever fails leaves too: it comes behind the others when it is tried again. Who stands
        behind it still waits for those before it.

        Args:
            line: its name; "" for none, where nobody waits.
        """
        before = self._last.get(line) if line else None
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if line:
            self._last[line] = mine

        async def wait() -> None:
            if before is not None:
                await asyncio.wait((before,))

        try:
            yield wait
        finally:
            if before is None or before.done():
                self._leave(line, mine)
            else:
                before.add_done_callback(lambda _: self._leave(line, mine))

    def _leave(self, line: str, mine: asyncio.Future[None]) -> None:
        mine.set_result(None)
        if self._last.get(line) is mine:
            del self._last[line]
