"""How soon the work of a dead process went on: from the kill to each turn's next progress."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from streams import keys
from streams.store import AWAY

EVERY = 0.02


@dataclass(frozen=True, slots=True, order=True)
class Went:
    """A turn that went on.

    Attributes:
        seconds: after its process was hurt.
        what: was hurt, and how often more the turn was met before it went on.
    """

    seconds: float
    what: str


class Resume:
    """Watches the turns that a process held when it was hurt.

    Args:
        redis: the durable Redis.

    Attributes:
        went: the turns that went on, once for each time that they were met.
    """

    def __init__(self, redis: Any) -> None:
        self.went: list[Went] = []
        self._redis = redis
        self._waiting: list[tuple[str, float, str]] = []

    def hurt(self, turns: Iterable[str], at: float, what: str) -> None:
        """Note that the process that held these turns was hurt.

        Args:
            turns: what it held.
            at: when, in seconds since 1970.
            what: which process.
        """
        self._waiting += [(turn, at, what) for turn in turns]

    @property
    def waiting(self) -> int:
        """How many turns have not gone on yet."""
        return len(self._waiting)

    async def watch(self) -> None:
        """Look until cancelled."""
        while True:
            with suppress(*AWAY):
                if self._waiting:
                    await self._look()
            await asyncio.sleep(EVERY)

    async def _look(self) -> None:
        began = time.time()
        rows = await self._redis.zrange(keys.TURNS, 0, -1, withscores=True)
        scores = {turn.decode(): score / 1000 for turn, score in rows}
        asking = await self._asking()
        left, met = [], Counter(turn for turn, _, _ in self._waiting)
        for turn, at, what in self._waiting:
            met[turn] -= 1
            # A turn that is not there is over, which is progress too; or not admitted yet.
            moved = scores.get(turn, began if await self._known(turn) else 0.0)
            if moved > at:
                again = f"; {met[turn]} more met it before it went on" if met[turn] else ""
                self.went.append(Went(moved - at, f"{what}{again}"))
            elif turn not in asking:
                left.append((turn, at, what))
        self._waiting = left

    async def _asking(self) -> set[str]:
        """Return the turns that wait for a person, and so for nothing that died."""
        names = await self._redis.zrange(keys.APPROVALS, 0, -1)
        found = [await self._redis.hget(keys.approval(name.decode()), "turn") for name in names]
        return {turn.decode() for turn in found if turn is not None}

    async def _known(self, turn: str) -> bool:
        return bool(await self._redis.exists(keys.turn(turn)))

    def p99(self, turns: Collection[str]) -> float:
        """Return the 99th percentile, in seconds; turns that never went on count as an hour.

        Args:
            turns: all that there are; what was held may be a person's press, which is none.
        """
        stuck = sum(turn in turns for turn, _, _ in self._waiting)
        found = sorted([one.seconds for one in self.went] + [3_600.0] * stuck)
        return found[min(len(found) - 1, int(len(found) * 0.99))] if found else 0.0

    def slowest(self, most: int = 5) -> list[Went]:
        """Return the turns that took longest, the slowest first."""
        return sorted(self.went, reverse=True)[:most]
