"""Waiting for something to become true, where only time can tell that it does not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from streams.store import AWAY


class Late(AssertionError):
    """Something was waited for in vain."""


async def soon(condition: Callable[[], Any], seconds: float = 10) -> Any:
    """Wait until `condition` gives something true, and return it.

    A Redis that is away may just be starting: while it is, nothing is true yet.

    Args:
        condition: asked again and again; what it gives may be awaited.
        seconds: how long to wait.

    Raises:
        Late: it did not happen in time.
    """
    until = time.monotonic() + seconds
    while True:
        away: Exception | None = None
        try:
            found = condition()
            if isinstance(found, Awaitable):
                found = await found
        except AWAY as error:
            found, away = None, error
        if found:
            return found
        if time.monotonic() > until:
            raise Late(f"It did not happen within {seconds:g} s.") from away
        await asyncio.sleep(0.005)
