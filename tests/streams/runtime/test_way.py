"""A message's way through the runtime: answered once, in its order, told whole."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

from schemas.chat import Call
from schemas.record import Asked, Said, Thought
from streams import keys
from streams.record import History, Records
from tests.stand import Stand, soon
from tests.streams.runtime.scene import STAGES, World, answers, ask, at_rest


async def test_a_question_is_answered_once(stand: Stand, running: Any) -> None:
    turn = await ask(stand, "hello")
    assert await answers(stand, 1) == {turn: "hello"}
    await at_rest(stand)


async def test_a_repeat_is_the_same_message(stand: Stand, running: Any) -> None:
    found = await asyncio.gather(*(ask(stand, "hello") for _ in range(50)))
    assert len(set(found)) == 1
    await answers(stand, 1)
    await at_rest(stand)
    assert len(await stand.replies()) == 1


async def test_a_session_is_answered_in_its_order(stand: Stand, world: World, running: Any) -> None:
    for n, session in itertools.product(range(10), "abcde"):
        await ask(stand, f"{session}{n}", session)
    await answers(stand, 50)
    for session in "abcde":
        mine = [text for text in world.order if text[0] == session]
        assert mine == [f"{session}{n}" for n in range(10)]
    await at_rest(stand)


async def test_calls_run_side_by_side_and_are_joined_once(
    stand: Stand, world: World, running: Any
) -> None:
    def calls(_: str) -> list[Call]:
        return [
            Call(
                id=f"c{n}", trace="t", session="s", person="p", channel="c",
                turn="m-many-s", step=0, index=n, tool=f"tool {n}", tier="flash",
            )
            for n in range(5)
        ]  # fmt: skip

    world.on("many", calls)
    doors = [world.door(f"tool {n}") for n in range(5)]
    turn = await ask(stand, "many")
    await soon(lambda: all(world.seen[f"tool {n}"] for n in range(5)))
    for door in reversed(doors):
        door.set()
    assert await answers(stand, 1) == {turn: "5 observed"}
    await at_rest(stand)


async def test_an_earlier_turn_is_told_whole_whoever_ended_it(stand: Stand) -> None:
    """Another process wrote the end of a turn whose beginning is remembered here."""
    records = Records(stand.redis)
    asked = Asked(text="q", person="p", channel="c", chat="c", profile="full")
    await stand.tester.rpush(keys.turn("t"), asked.model_dump_json())
    await records.load("t", 1)
    for entry in (
        Thought(step=0, model="m", text="a"),
        Said(text="a", outcome="answered"),
    ):
        await stand.tester.rpush(keys.turn("t"), entry.model_dump_json())
    await stand.tester.rpush(keys.session_turns("s"), "t")
    history: History = records.history("s", "other")
    (turn,) = await history.turns()
    assert turn.said is not None


async def test_a_turn_that_stays_in_one_process_is_hardly_ever_read_back(
    stand: Stand, world: World
) -> None:
    """Two of its stages want the record: without a memory it would be read twice a turn.

    A message may be quicker than the answer to the commit that sent it; then its record is read
    once more, which harms nobody.
    """
    turns = 20
    async with stand.running(*STAGES, resources={World: world}):
        before = await stand.tester.info("commandstats")
        for n in range(turns):
            await ask(stand, f"hello {n}", f"k{n}")
            await answers(stand, n + 1)
        after = await stand.tester.info("commandstats")
    was, now = (found.get("cmdstat_lrange", {}).get("calls", 0) for found in (before, after))
    assert now - was < turns
