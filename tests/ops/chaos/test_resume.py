"""How soon work goes on is counted for each kill that met it, and the slowest are named."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from ops.chaos.resume import Resume
from ops.chaos.waiting import soon
from streams import keys
from tests.stand import Stand

LONG_AGO = 1_000.0


@pytest.fixture
async def resume(stand: Stand) -> AsyncIterator[Resume]:
    found = Resume(stand.tester)
    watching = asyncio.create_task(found.watch())
    yield found
    watching.cancel()


async def test_a_turn_that_two_kills_met_counts_for_both(stand: Stand, resume: Resume) -> None:
    await stand.tester.zadd(keys.TURNS, {"t": LONG_AGO * 1_000})
    resume.hurt(["t"], LONG_AGO + 1, "core")
    resume.hurt(["t"], LONG_AGO + 4, "durable Redis")
    assert resume.p99({"t"}) == 3_600, "it has not gone on"
    await stand.tester.zadd(keys.TURNS, {"t": (LONG_AGO + 6) * 1_000})
    await soon(lambda: resume.waiting == 0)
    assert [(one.seconds, one.what) for one in resume.slowest()] == [
        (5.0, "core; 1 more met it before it went on"),
        (2.0, "durable Redis"),
    ]
    assert resume.p99({"t"}) == 5.0


async def test_who_waits_for_a_person_waits_for_nothing_that_died(
    stand: Stand, resume: Resume
) -> None:
    await stand.tester.zadd(keys.TURNS, {"t": LONG_AGO * 1_000})
    await stand.tester.zadd(keys.APPROVALS, {"a": 1})
    await stand.tester.hset(keys.approval("a"), "turn", "t")
    resume.hurt(["t"], LONG_AGO + 1, "core")
    await soon(lambda: resume.waiting == 0)
    assert resume.went == []
    assert resume.p99({"t"}) == 0.0
