"""What is done to a running system: kills and stops of random processes, from a seed."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from contextlib import suppress
from random import Random
from typing import Any

from ops.chaos.checker import read_log
from ops.chaos.resume import Resume
from ops.chaos.system import Hit, System
from ops.chaos.waiting import Late, soon
from streams import keys
from streams.store import AWAY

KINDS = ("stages", "redis", "gateway")
STOPPED = 0.25
"""The share of harms that are a stop, where stops are wished."""
REDIS_STOPPED = 4.0
"""Seconds; its lease is nobody's, and its clients wait."""


class Harm:
    """Hurts a system again and again.

    Args:
        one: the system.
        resume: is told whose work was hurt.
        chance: decides whom and when.
        kinds: which kinds of process.
        every: the least and most seconds between two harms.
        stop: whether some are stopped for longer than their lease instead.

    Attributes:
        kills: how many processes were killed or stopped.
        hits: how many of them held something: a stage entries, Redis any turn's pending entry,
            a client a message that nobody had answered yet.
    """

    def __init__(
        self,
        one: System,
        resume: Resume,
        chance: Random,
        kinds: tuple[str, ...],
        every: tuple[float, float],
        *,
        stop: bool,
    ) -> None:
        self.kills = 0
        self.hits = 0
        self._one = one
        self._resume = resume
        self._chance = chance
        self._kinds = kinds
        self._every = every
        self._stop = stop

    async def go_on(self) -> None:
        """Hurt until cancelled."""
        while self._kinds:
            await asyncio.sleep(self._chance.uniform(*self._every))
            kind = self._chance.choice(self._kinds)
            with suppress(Late):  # it was not there to be hurt
                await getattr(self, f"_{kind}")()

    async def _stages(self) -> None:
        name = self._chance.choice(self._one.workers())
        if self._stop and self._chance.random() < STOPPED:
            seconds = self._one.settings.streams.lease_seconds + 1.5
            at = time.time()
            hit = await self._one.pause(name, seconds)
        else:
            hit = await self._one.strike(name)
            at = time.time()
        self._count(hit, at, name)

    async def _redis(self) -> None:
        name = self._chance.choice(("durable", "durable", "live"))
        pid = await soon(lambda: self._one.pid(name), 30)
        hit = await self._pending() if name == "durable" else Hit()
        at = time.time()
        if self._stop and self._chance.random() < STOPPED:
            os.kill(pid, signal.SIGSTOP)
            try:
                await asyncio.sleep(REDIS_STOPPED)
            finally:
                os.kill(pid, signal.SIGCONT)
        else:
            os.kill(pid, signal.SIGKILL)
            await soon(lambda: self._one.pid(name) != pid)
        self._count(hit, at, f"{name} Redis")

    async def _gateway(self) -> None:
        name = self._chance.choice(
            [one for one in self._one.children() if one.startswith("client")]
        )
        pid = await soon(lambda: self._one.pid(name), 30)
        os.kill(pid, signal.SIGSTOP)
        steps = read_log(self._one.root / "clients" / f"{name.partition('-')[2]}.log")
        heard = {step.key for step in steps if step.what == "ok"}
        waiting = {step.key for step in steps} - heard
        os.kill(pid, signal.SIGKILL)
        await soon(lambda: self._one.pid(name) != pid)
        self._count(Hit(len(waiting)), time.time(), name)

    async def _pending(self) -> Hit:
        turns: set[str] = set()
        with suppress(*AWAY):
            rows: Any = await self._one.redis.zrange(keys.TURNS, 0, -1)
            turns = {one.decode() for one in rows}
        return Hit(len(turns), frozenset(turns))

    def _count(self, hit: Hit, at: float, what: str) -> None:
        self.kills += 1
        self.hits += hit.entries > 0
        self._resume.hurt(hit.turns, at, what)
