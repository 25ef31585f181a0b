"""A stop is felt at once, and a drain gives back what it cannot finish."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from streams import keys
from tests.stand import QUICK, Stand, soon
from tests.streams.runtime.scene import STAGES, World, answers, ask, at_rest, stop


async def test_a_stop_is_felt_at_once_and_answered(
    stand: Stand, world: World, running: Any
) -> None:
    world.door("long")
    turn, waiting = await ask(stand, "long"), await ask(stand, "next")
    await soon(lambda: world.seen["long"])
    await stop(stand)
    assert await answers(stand, 2) == {turn: "Stopped.", waiting: "next"}
    await at_rest(stand)


async def test_a_stop_that_comes_with_the_answer_loses_neither(
    stand: Stand, world: World, running: Any
) -> None:
    """The turn is at its last stage: the answer goes out as if nobody had said stop."""
    world.door("respond done")
    turn = await ask(stand, "done")
    await soon(lambda: world.seen["respond done"])
    await stop(stand)
    await soon(lambda: stand.tester.hexists(keys.STOPPING, turn))
    world.doors["respond done"].set()
    assert await answers(stand, 1) == {turn: "done"}
    await at_rest(stand)


async def test_a_drain_finishes_what_is_in_hand_and_reads_no_more(
    stand: Stand, world: World
) -> None:
    runtime = stand.runtime(*STAGES, resources={World: world}, consumer="drained")
    await runtime.start()
    door = world.door("slow")
    turn = await ask(stand, "slow")
    await soon(lambda: world.seen["slow"])
    draining = asyncio.create_task(runtime.drain())
    await soon(lambda: not any(health.reading for health in runtime.health()[1:]))
    await ask(stand, "later", "other")
    async with asyncio.timeout(30):
        for _ in range(20):  # rounds in which the readers must stay silent
            await asyncio.sleep(QUICK.reclaim_seconds)
    assert world.seen["later"] == 0
    door.set()
    await draining
    for one in STAGES:
        # A read that was under way may still bring something; that is given back.
        assert await stand.pending(one.topic, one.name, "drained") == []
    async with stand.running(*STAGES, resources={World: world}):
        assert set(await answers(stand, 2)) == {turn, "m-later-other"}
    assert world.seen["slow"] == 1


async def test_what_a_drain_cannot_finish_is_given_back_without_blame(
    stand: Stand, world: World
) -> None:
    hasty = QUICK.model_copy(update={"drain_seconds": 0.2})
    world.door("slow")
    runtime = stand.runtime(*STAGES, resources={World: world}, settings=hasty)
    await runtime.start()
    turn = await ask(stand, "slow")
    await soon(lambda: world.seen["slow"])
    await runtime.drain()
    assert len(await stand.pending("route", "think", keys.RELEASED)) == 1
    trouble = await stand.tester.hgetall(keys.trouble("route", "think"))
    assert [json.loads(kept) for kept in trouble.values()] == [{"g": 1, "c": 0}]
    world.doors["slow"].set()
    async with stand.running(*STAGES, resources={World: world}):
        assert await answers(stand, 1) == {turn: "slow"}
        await at_rest(stand)
