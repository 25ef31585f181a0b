"""Rates from counters, a day that does not grow, and how often the machine is looked at."""

from __future__ import annotations

import asyncio

import pytest

from gateways.machines.vitals import Memory, Sensor, Vitals
from ops.monitor import service
from ops.monitor.service import MINUTES, RECENT, Monitor, hottest
from schemas.monitor import Sample


class Machine(Vitals):
    """A machine that counts as it is told."""

    def __init__(self) -> None:
        self.busy = self.total = 0.0
        self.received = self.sent = 0

    def ticks(self) -> tuple[float, float]:
        return self.busy, self.total

    def traffic(self) -> tuple[int, int]:
        return self.received, self.sent

    def memory(self) -> Memory:
        return Memory(total=100, available=40, swap_total=0, swap_used=0)

    def temperatures(self) -> tuple[Sensor, ...]:
        return (Sensor("nvme", 70.0), Sensor("Package id 0", 47.0))


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds

    def wall(self) -> int:
        return int(self.seconds * 1_000)


def test_two_counts_make_a_rate() -> None:
    machine, clock = Machine(), Clock()
    monitor = Monitor(machine, clock, clock.wall)
    clock.seconds += 2
    machine.busy, machine.total, machine.received, machine.sent = 1.0, 4.0, 3_000, 500
    found = monitor.sample()
    assert (found.cpu, found.received, found.sent, found.memory) == (25.0, 1_500, 250, 60)
    assert found.celsius == 47.0


def test_a_network_that_went_away_is_no_negative_traffic() -> None:
    machine, clock = Machine(), Clock()
    machine.received = 9_000
    monitor = Monitor(machine, clock, clock.wall)
    clock.seconds += 2
    machine.received = 10
    assert monitor.sample().received == 0


def test_a_day_and_a_few_minutes_are_kept_and_no_more() -> None:
    machine, clock = Machine(), Clock()
    monitor = Monitor(machine, clock, clock.wall)
    for _ in range(MINUTES * 2 + 50):
        clock.seconds += 40
        machine.busy += 10
        machine.total += 40
        monitor.sample()
    assert len(monitor.recent) == RECENT
    assert len(monitor.minutes) == MINUTES
    assert {one.cpu for one in monitor.minutes} == {25.0}
    times = [one.at for one in monitor.minutes]
    assert times == sorted(times)
    assert times[-1] - times[0] >= (MINUTES - 2) * 60_000


def test_a_clock_that_stands_still_makes_nothing_grow() -> None:
    monitor = Monitor(Machine(), Clock(), lambda: 7)
    for _ in range(RECENT * 3):
        monitor.sample()
    assert len(monitor._minute) == RECENT


class Seen(Monitor):
    """Says whenever it has looked."""

    def __init__(self) -> None:
        super().__init__(Machine())
        self.seen: asyncio.Queue[Sample] = asyncio.Queue()

    def sample(self) -> Sample:
        found = super().sample()
        self.seen.put_nowait(found)
        return found


async def test_it_looks_often_only_while_somebody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "QUICK", 0.01)
    monitor = Seen()
    running = asyncio.create_task(monitor.run())
    async with asyncio.timeout(30):
        await monitor.seen.get()
        with pytest.raises(TimeoutError):  # nobody watches
            await asyncio.wait_for(monitor.seen.get(), 0.2)
        monitor.watched()
        for _ in range(5):
            await monitor.seen.get()
    running.cancel()


def test_where_no_sensor_is_the_processors_the_hottest_counts() -> None:
    assert hottest(()) is None
    assert hottest((Sensor("acpitz", 30.0), Sensor("nvme", 41.0))) == 41.0
