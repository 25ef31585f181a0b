"""How much a foreign MCP server may say, and the end of one that says more."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import anyio

from schemas.errors import Refused, Transient

LONGEST = 1 << 20
"""Bytes of one message."""
MOST, WITHIN = 500, 10.0
"""So many messages in so many seconds; a server that says more is ended."""
LARGEST = 32 << 20
"""Bytes in that time."""


class Flood(Refused):
    """The server says too much."""

    code = "flood"


class Ended(Transient):
    """The program that was the server is gone."""

    code = "ended"


Cut = Callable[[Flood | Ended], None]
"""Ends the line with a server, and says why."""


class Rate:
    """Counts messages, and their bytes."""

    def __init__(self) -> None:
        self._since, self._seen, self._size = time.monotonic(), 0, 0

    def count(self, messages: int, size: int) -> None:
        """Count some.

        Args:
            messages: how many ended.
            size: bytes that came.

        Raises:
            Flood: there are too many.
        """
        now = time.monotonic()
        if now - self._since > WITHIN:
            self._since, self._seen, self._size = now, 0, 0
        self._seen += messages
        self._size += size
        if self._seen > MOST:
            raise Flood(f"It sent more than {MOST} messages within {WITHIN:g} s.")
        if self._size > LARGEST:
            raise Flood(f"It sent more than {LARGEST} bytes within {WITHIN:g} s.")


@contextmanager
def cutting() -> Iterator[Cut]:
    """Yield what ends the block at once, wherever it waits.

    Raises:
        Flood, Ended: it was ended, and this is why.
    """
    why: list[Flood | Ended] = []

    def cut(error: Flood | Ended) -> None:
        why.append(error)
        scope.cancel()

    try:
        with anyio.CancelScope() as scope:
            yield cut
    except Exception:
        # What else broke when the line ended came of that; being cancelled from outside did not.
        if why:
            raise why[0] from None
        raise
    if why:
        raise why[0]
