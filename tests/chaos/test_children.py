"""Tasks for subagents, while processes die at every point on their way."""

from __future__ import annotations

import asyncio
import random

import pytest

from ops.chaos.system import System
from ops.chaos.waiting import soon
from schemas.record import Delegated, Observed, Returned, Said
from streams import keys
from streams.conversation import Conversations
from tests.chaos.load import Says, witnessed
from tests.chaos.test_approvals import SHORT, People, deaths, effects, of

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(150)]

TWO = "hands calls witness_set; calls witness_set time_now"
CASES = [
    # Before the task begins, and where it begins; where it ends, and where its call goes on.
    pytest.param("tool.before_commit,route.before_commit:2,think.before_model:2", id="begin"),
    pytest.param("think.after_model:2,tool.after_start,tool.before_commit:3", id="middle"),
    pytest.param("tool.mid_effect,respond.before_commit,deliver.before_send", id="end"),
    # A process counts for itself: each number is reached, whichever of the tasks is the faster one.
    pytest.param("respond.before_commit:2,think.before_commit:3,tool.before_commit:3", id="return"),
]


async def judge(one: System, turn: str) -> None:
    """Each task came back once, each call has one result, and each effect happened once."""
    told = await Conversations(one.redis).turn(turn)
    assert told is not None
    record = list(told.record)
    handed, came = of(record, Delegated), of(record, Returned)
    assert len(handed) == 2
    assert sorted(each.child for each in came) == sorted(each.child for each in handed)
    assert all(each.reported is not None and each.reported.did for each in came)
    assert [each.ok for each in of(record, Observed)] == [True, True]
    assert len(of(record, Said)) == 1
    assert len([reply for reply in await one.outbox() if reply.turn == turn]) == 1
    assert (await one.letters()) == []


async def over(one: System, turn: str) -> None:
    async def ended() -> bool:
        answered = any(reply.turn == turn for reply in await one.outbox())
        return answered and not await one.redis.zcard(keys.TURNS)

    await soon(ended, 90)


@pytest.mark.parametrize("points", CASES)
async def test_a_death_at(points: str, says: Says) -> None:
    async with witnessed(crash=points, streams=SHORT) as one:
        turn = await People(one).ask(TWO)
        await over(one, turn)
        says(f"{points}: {sorted(deaths(one))}")
        assert deaths(one) == {each.partition(":")[0] for each in points.split(",")}
        await judge(one, turn)
        assert effects(one) == 2


async def test_kills_at_random_moments(says: Says) -> None:
    """Core and both servers die while tasks begin, work and end."""
    async with witnessed(streams=SHORT) as one:
        people, chance = People(one), random.Random(11)
        for number, child in enumerate(("core", "durable", "core", "live", "core", "durable")):
            turn = await people.ask(TWO)
            await asyncio.sleep(chance.random())
            await one.kill(child)
            await over(one, turn)
            await judge(one, turn)
            assert effects(one) == 2 * (number + 1)
            says(f"{child} was killed: two tasks came back once")
