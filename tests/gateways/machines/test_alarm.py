"""An alarm by the wall clock; that it hears the clock being set, only the owner of one can try."""

from __future__ import annotations

import asyncio
import os
import time

import pytest

from gateways.machines.alarm import Alarm


async def test_it_rings_at_its_time_and_not_before() -> None:
    alarm = Alarm()
    assert abs(alarm.now() - time.time() * 1000) < 5_000
    at = alarm.now() + 200
    async with asyncio.timeout(30):
        await alarm.until(at)
    assert alarm.now() >= at


@pytest.mark.parametrize("back", [0, 1, 1 << 40, 1 << 60])
async def test_what_is_past_rings_at_once(back: int) -> None:
    alarm = Alarm()
    async with asyncio.timeout(30):
        await alarm.until(alarm.now() - back)


@pytest.mark.parametrize("at", [None, 1 << 52])
async def test_who_is_called_away_leaves_nothing_open(at: int | None) -> None:
    alarm, before = Alarm(), len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await alarm.until(at)
    assert len(os.listdir("/proc/self/fd")) == before
