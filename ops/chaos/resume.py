"""How soon the work of a dead process went on: from the kill to each turn's next progress."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterable
from contextlib import suppress
from typing import Any

from streams import keys
from streams.store import AWAY

EVERY = 0.02


class Resume:
    """Watches the turns that a process held when it was hurt.

    Args:
        redis: the durable Redis.

    Attributes:
        seconds: of each turn that went on.
    """

    def __init__(self, redis: Any) -> None:
        self.seconds: list[float] = []
        self._redis = redis
        self._waiting: list[tuple[str, float]] = []

    def hurt(self, turns: Iterable[str], at: float) -> None:
        """Note that the process that held these turns was hurt, at a time in seconds since 1970."""
        self._waiting += [(turn, at) for turn in turns]

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
        left = []
        for turn, at in self._waiting:
            # A turn that is not there is over, which is progress too; or not admitted yet.
            moved = scores.get(turn, began if await self._known(turn) else 0.0)
            if moved > at:
                self.seconds.append(moved - at)
            elif turn not in asking:
                left.append((turn, at))
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
        found = sorted(self.seconds + [3_600.0] * sum(one in turns for one, _ in self._waiting))
        return found[min(len(found) - 1, int(len(found) * 0.99))] if found else 0.0
