"""What is done about an entry that failed: counted, tried again after a pause, or given up."""

from __future__ import annotations

import asyncio
import random

from schemas.base import now_ms
from schemas.desk import Attempt
from schemas.errors import Refused
from streams import dead, metrics
from streams.burial import Burial
from streams.commit import Committer
from streams.entry import Held
from streams.hands import Hands
from streams.lanes import uncancel
from streams.settings import StreamsSettings


class Exhausted(Refused):
    """Every attempt failed."""

    code = "exhausted"


class Failures:
    """Counts the failures of one stage's entries with the entries, and draws the line.

    Args:
        hands: what the stage holds.
        committer: its way to Redis.
        burial: where an entry goes that is given up.
        tally: its figures.
        settings: how many attempts, and the pauses between them.
        wake: has the process look at once for what else is to do.
    """

    def __init__(
        self,
        hands: Hands,
        committer: Committer,
        burial: Burial,
        tally: metrics.Tally,
        settings: StreamsSettings,
        *,
        wake: asyncio.Event,
    ) -> None:
        self._hands = hands
        self._committer = committer
        self._burial = burial
        self._tally = tally
        self._settings = settings
        self._wake = wake

    def check(self, held: Held) -> None:
        """Refuse an entry that failed often enough before it came to us.

        Raises:
            Exhausted: there is no attempt left.
        """
        if len(held.failures) >= self._settings.attempts:
            last = held.failures[-1]
            raise Exhausted(f"{len(held.failures)} attempts failed, the last: {last.text}")

    async def failed(self, held: Held, error: Exception, wait: float | None) -> bool:
        """Count a failed attempt, and pause before the next one.

        Args:
            held: the entry.
            error: what went wrong.
            wait: how long to pause at least, in seconds.

        Returns:
            whether the entry is off the lane: given up, or not ours any more.
        """
        settings = self._settings
        name, text, at = type(error).__name__, dead.said(error, 500), now_ms()
        self._tally.errors[name] += 1
        answer = await self._committer.ask("fail", [held.id, held.generation, at, name, text])
        if not answer.startswith("OK"):
            self._hands.drop(held)
            return True
        held.failures.append(Attempt(at=at, error=name, text=text))
        if len(held.failures) >= settings.attempts:
            await self.bury(held, error)
            return True
        most = settings.backoff_seconds * 2 ** len(held.failures)
        jitter = random.uniform(0.5, 1.0)  # noqa: S311 - not a secret
        pause = max(wait or 0.0, min(most, settings.backoff_most_seconds) * jitter)
        try:
            await asyncio.sleep(pause)
        except asyncio.CancelledError:
            if not held.stopping or held.lost:
                raise
            uncancel()
        return False

    async def bury(self, held: Held, error: Exception) -> None:
        """Give an entry up, and let go of it."""
        buried = await self._burial.bury(held, error)
        self._wake.set()  # the clerk may be in this process
        self._tally.outcomes["buried" if buried else "fenced"] += 1
        self._hands.drop(held)
