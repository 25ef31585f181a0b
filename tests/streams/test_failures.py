"""Failures: counted with the entry in Redis, and so many of them are enough."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from schemas.base import now_ms
from schemas.chat import Think
from schemas.desk import Attempt
from streams import keys, metrics
from streams.burial import Burial
from streams.clerk import Clerk
from streams.commit import Committer
from streams.entry import Held
from streams.failures import Exhausted, Failures
from streams.hands import Hands
from streams.record import Records
from streams.stage import stage
from tests.stand import QUICK, Stand

PLACE = ("think", "ponder", "c")


@stage()
async def ponder(step: Think) -> None:
    """Does nothing: here it is about what comes after it failed."""


async def held_by(stand: Stand) -> Held:
    topic, group, consumer = PLACE
    stream = keys.topic(topic)
    await stand.tester.xgroup_create(stream, group, "0", mkstream=True)
    await stand.tester.xadd(stream, {"data": "{}"})
    read: Any = await stand.tester.xreadgroup(group, consumer, {stream: ">"})
    ((entry, fields),) = read[0][1]
    return Held(entry.decode(), fields)


async def test_each_failure_is_written_down_and_the_last_one_buries(stand: Stand) -> None:
    async def work(held: Held) -> None:
        """Nothing runs by itself here."""

    held = await held_by(stand)
    held.lane = held.id
    hands = Hands(work, batch=4)
    hands.put(held)
    committer = Committer(stand.redis, *PLACE)
    tally = metrics.Tally("ponder", lambda: len(hands))
    burial = Burial(ponder, Records(stand.redis), committer)
    failures = Failures(hands, committer, burial, tally, QUICK, wake=asyncio.Event())
    try:
        for _ in range(QUICK.attempts - 1):
            failures.check(held)
            assert not await failures.failed(held, ValueError("bug"), None)
        assert await failures.failed(held, ValueError("the last"), None)
    finally:
        await committer.close()
    await Clerk(stand.redis).file()
    (letter,) = await stand.letters()
    assert [tried.text for tried in letter.attempts] == ["bug"] * 4 + ["the last"]
    assert len(hands) == 0
    assert tally.errors["ValueError"] == QUICK.attempts
    assert tally.outcomes["buried"] == 1


async def test_what_failed_often_enough_elsewhere_is_not_tried_here(stand: Stand) -> None:
    async def work(held: Held) -> None:
        """Nothing runs by itself here."""

    hands = Hands(work, batch=4)
    committer = Committer(stand.redis, *PLACE)
    burial = Burial(ponder, Records(stand.redis), committer)
    tally = metrics.Tally("ponder", lambda: len(hands))
    failures = Failures(hands, committer, burial, tally, QUICK, wake=asyncio.Event())
    tried = Attempt(at=now_ms(), error="ValueError", text="bug")
    with pytest.raises(Exhausted, match="5 attempts failed, the last: bug"):
        failures.check(Held("1-1", {}, failures=[tried] * QUICK.attempts))
    failures.check(Held("1-1", {}, failures=[tried]))
