"""What an entry does while something is away that all its kind needs: it waits, and is not blamed.

No try is counted, and the process does not count as running it; but it is held, so the lease is
kept, its session waits behind it, and a stop or a shutdown finds it.
"""

from __future__ import annotations

import asyncio
import random

import structlog

from schemas.errors import Unavailable
from streams import metrics
from streams.entry import Held
from streams.hands import Hands
from streams.settings import StreamsSettings

log = structlog.get_logger("streams")


class Patience:
    """The waits of one stage's entries.

    Args:
        hands: what the stage holds.
        tally: its figures.
        settings: how the pauses grow.
    """

    def __init__(self, hands: Hands, tally: metrics.Tally, settings: StreamsSettings) -> None:
        self._hands = hands
        self._tally = tally
        self._settings = settings
        self._closing = asyncio.Event()

    def close(self) -> None:
        """End all waits: what waits is left for whoever comes next."""
        self._closing.set()

    async def wait(self, held: Held, error: Unavailable) -> bool:
        """Wait until it is worth another look; return whether the entry is still in our hands.

        Args:
            held: the entry.
            error: what is away, and how long it asked us to stay away.
        """
        held.waits += 1
        self._hands.wait(held)
        self._tally.errors[type(error).__name__] += 1
        log.info("stage.waits", stage=self._tally.stage, entry=held.id, error=str(error)[:300])
        settings = self._settings
        most = min(settings.backoff_seconds * 2.0 ** min(held.waits, 20),
                   settings.backoff_most_seconds)  # fmt: skip
        pause = max(error.retry_after or 0.0, random.uniform(0.0, most))  # noqa: S311 - no secret
        try:
            async with asyncio.timeout(pause):
                await self._closing.wait()
        except TimeoutError:
            return True
        self._hands.drop(held)
        return False
