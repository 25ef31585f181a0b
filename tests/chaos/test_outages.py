"""Redis stands still, its clock jumps, its memory or the disk is full: refused, then all is done."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import pytest

from ops.chaos.system import System, system
from schemas.base import new_id
from streams.accept import Closed
from tests.chaos.load import WORKER, Load, Says, finished, reading, runs
from tests.stand import received, soon

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]

SEED = int.from_bytes(os.urandom(4), "big")
STOPPED = 10.0
"""Seconds."""


async def refused(one: System) -> str:
    """Offer a message until somebody says no; return the words."""
    while True:
        name = new_id()
        try:
            await one.ingress.accept(received(name, name, "hello"), name)
        except Closed as error:
            return str(error)


async def test_a_redis_that_stands_still_is_no_reason_to_run_anything_twice(says: Says) -> None:
    """Longer than the lease: when it goes on, everything looks as if nobody had renewed it."""
    streams = {"lease_seconds": 3.0, "beat_seconds": 1.0}
    async with system(copies=2, module=WORKER, streams=streams) as one:
        await reading(one, "route", 2)
        load = Load(one, SEED)
        await asyncio.gather(*(load.say(f"s{n}", f"think 2 6 {n}") for n in range(40)))
        await soon(lambda: runs(one).total() == 40, 20)
        pid = await soon(lambda: one.pid("durable"))
        os.kill(pid, signal.SIGSTOP)
        began = time.monotonic()
        try:
            words = await refused(one)
            assert time.monotonic() - began < STOPPED
            await asyncio.sleep(STOPPED - (time.monotonic() - began))
        finally:
            os.kill(pid, signal.SIGCONT)
        verdict = await finished(one, load)
        twice = {text for (_, text), times in runs(one).items() if times > 1}
        says(f"Redis stopped for {STOPPED:g} s: {verdict}; run twice: {len(twice)}; {words!r}")
    assert "does not answer" in words
    assert verdict.broken == {}
    assert verdict.answered == 40
    assert not twice
