"""Looks at the machine: often while somebody watches, once a minute while nobody does."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from statistics import fmean

from gateways.machines.vitals import Disk, Sensor, Vitals
from schemas.base import now_ms
from schemas.monitor import Sample

QUICK, SLOW = 2.0, 60.0
"""Seconds between two looks, while somebody watches and while nobody does."""
WATCHED = 15.0
"""Seconds for which somebody who asked once is taken to watch."""
RECENT = 150
"""Samples that are kept of the last minutes: five, at the quick pace."""
MINUTES = 24 * 60
"""Samples that are kept of the last day."""
MINUTE_MS = 60_000
DISKS_SECONDS = 10.0
"""For how long what is known of the disks is true enough."""
PROCESSOR = ("coretemp", "k10temp", "zenpower", "cpu_thermal", "package", "tctl", "cpu")
"""How the sensors of a processor are called."""


@dataclass(frozen=True, slots=True)
class Count:
    """What only counts up: two of them make a rate."""

    seconds: float
    busy: float
    total: float
    received: int
    sent: int


class Monitor:
    """The last minutes and the last day of this machine, in memory that does not grow.

    Args:
        vitals: the machine.
        clock: seconds that only go on.
        now: the wall clock, in milliseconds.
    """

    def __init__(
        self,
        vitals: Vitals,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], int] = now_ms,
    ) -> None:
        self.recent: deque[Sample] = deque(maxlen=RECENT)
        self.minutes: deque[Sample] = deque(maxlen=MINUTES)
        self._vitals, self._clock, self._now = vitals, clock, now
        self._minute: list[Sample] = []
        self._before = self._count()
        self._asked = -WATCHED
        self._look = asyncio.Event()
        self._disks: tuple[float, tuple[Disk, ...]] = (-DISKS_SECONDS, ())

    async def run(self) -> None:
        """Look at the machine, for ever."""
        pause = QUICK
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._look.wait()
            self._look.clear()
            self.sample()
            pause = QUICK if self._clock() - self._asked < WATCHED else SLOW

    def watched(self) -> None:
        """Somebody looks: from now on, for a while, often."""
        before, self._asked = self._asked, self._clock()
        if self._asked - before >= WATCHED and self._asked - self._before.seconds >= QUICK:
            self._look.set()

    def sample(self) -> Sample:
        """Look once, and remember it."""
        count, before = self._count(), self._before
        self._before = count
        passed = max(count.seconds - before.seconds, 0.001)
        ticks = count.total - before.total
        found = Sample(
            at=self._now(),
            cpu=round(_within(100 * (count.busy - before.busy) / ticks if ticks > 0 else 0.0), 1),
            memory=self._vitals.memory().used,
            # A network that went away takes what it had counted with it.
            received=round(max(0, count.received - before.received) / passed),
            sent=round(max(0, count.sent - before.sent) / passed),
            celsius=hottest(self._vitals.temperatures()),
        )
        self.recent.append(found)
        self._keep(found)
        return found

    async def disks(self) -> tuple[Disk, ...]:
        """Every mounted disk, as it was a few seconds ago at most."""
        at, found = self._disks
        if self._clock() - at >= DISKS_SECONDS:
            found = await self._vitals.disks()
            self._disks = (self._clock(), found)
        return found

    def _keep(self, sample: Sample) -> None:
        if self._minute and self._minute[-1].at // MINUTE_MS != sample.at // MINUTE_MS:
            self.minutes.append(mean(self._minute))
            self._minute.clear()
        self._minute.append(sample)
        # A clock that stands still, or goes back, must not make this grow.
        del self._minute[:-RECENT]

    def _count(self) -> Count:
        busy, total = self._vitals.ticks()
        received, sent = self._vitals.traffic()
        return Count(self._clock(), busy, total, received, sent)


def mean(samples: list[Sample]) -> Sample:
    """Return what several samples were together, at the time of the last."""
    warm = [one.celsius for one in samples if one.celsius is not None]
    return Sample(
        at=samples[-1].at,
        cpu=round(fmean(one.cpu for one in samples), 1),
        memory=round(fmean(one.memory for one in samples)),
        received=round(fmean(one.received for one in samples)),
        sent=round(fmean(one.sent for one in samples)),
        celsius=round(fmean(warm), 1) if warm else None,
    )


def hottest(sensors: tuple[Sensor, ...]) -> float | None:
    """Return how hot the processor is, or the hottest of all where none is called one."""
    named = [one for one in sensors if any(word in one.name.lower() for word in PROCESSOR)]
    return max((one.celsius for one in named or sensors), default=None)


def _within(percent: float) -> float:
    return min(100.0, max(0.0, percent))
