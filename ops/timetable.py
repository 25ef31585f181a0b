"""The way to the schedules for whoever makes them: light enough for the command line."""

from __future__ import annotations

import asyncio
from typing import Any

from ops.addresses import url
from ops.settings import Settings
from processors.clock.book import Book
from schemas.errors import Unavailable
from streams.line import Line
from streams.schedules import Schedules

ROLE = "schedules"
"""The Redis user who may keep schedules, and nothing else."""


class Way:
    """One line to the durable Redis, made when somebody first asks.

    Args:
        settings: all settings.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._line: Line | None = None
        # A line takes one command at a time.
        self._turn = asyncio.Lock()

    async def ask(self, *words: str | bytes | int) -> Any:
        """Send one command.

        Raises:
            Unavailable: this process has no password for it.
            Away: nobody answers.
        """
        async with self._turn:
            if self._line is None:
                self._line = Line(self._address())
            return await self._line.say(*words)

    def _address(self) -> str:
        try:
            return url(self._settings, "durable", ROLE)
        except FileNotFoundError:
            raise Unavailable(
                f"There is no password for the Redis user {ROLE} here; `nexus up` makes one."
            ) from None

    async def close(self) -> None:
        """Close the line."""
        if self._line is not None:
            await self._line.close()


def book(settings: Settings) -> Book:
    """Return the schedules; nothing is connected yet."""
    return Book(Schedules(Way(settings).ask))
