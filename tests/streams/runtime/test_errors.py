"""What fails is tried again, told, or laid at the desk; nothing is silent."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest

from schemas.chat import Answer, Call
from schemas.errors import Refused, TooMuch, Transient
from streams import functions, keys
from streams.accept import Closed
from tests.redis_server import private_redis
from tests.stand import QUICK, Stand, received, soon
from tests.streams.runtime.scene import STAGES, World, answers, ask, at_rest, stop


async def test_a_transient_error_is_tried_again(stand: Stand, world: World, running: Any) -> None:
    def twice(text: str) -> str:
        if world.seen[text] < 3:
            raise Transient("not yet")
        return "at last"

    world.on("busy", twice)
    turn = await ask(stand, "busy")
    assert await answers(stand, 1) == {turn: "at last"}
    assert world.seen["busy"] == 3
    await at_rest(stand)


async def test_a_wait_that_was_asked_for_is_kept(stand: Stand, world: World, running: Any) -> None:
    clock = asyncio.get_running_loop().time
    times: list[float] = []

    def later(_: str) -> str:
        times.append(clock())
        if len(times) == 1:
            raise Transient("overloaded", retry_after=0.4)
        return "now"

    world.on("wait", later)
    await ask(stand, "wait")
    await answers(stand, 1)
    assert times[1] - times[0] >= 0.4


async def test_a_bug_is_tried_five_times_and_told(stand: Stand, world: World, running: Any) -> None:
    def broken(_: str) -> None:
        raise ValueError("oh \x00 no \ud800")

    world.on("bug", broken)
    turn = await ask(stand, "bug")
    other = await ask(stand, "fine", "other")
    found = await answers(stand, 2)
    assert found[other] == "fine"
    assert found[turn].startswith("I could not finish this: oh \ufffd no ?")
    assert world.seen["bug"] == 5
    await at_rest(stand)
    (letter,) = await stand.letters()
    assert (letter.stage, letter.code, letter.error) == ("think", "bug", "ValueError")
    assert [attempt.error for attempt in letter.attempts] == ["ValueError"] * 5
    assert json.loads(base64.b64decode(letter.original))["turn"] == turn


async def test_a_refusal_is_not_tried_again(stand: Stand, world: World, running: Any) -> None:
    def refused(_: str) -> None:
        raise Refused("This is not done here.")

    world.on("never", refused)
    turn = await ask(stand, "never")
    assert "This is not done here." in (await answers(stand, 1))[turn]
    assert world.seen["never"] == 1
    await at_rest(stand)
    assert [letter.code for letter in await stand.letters()] == ["refused"]


async def test_a_result_that_cannot_be_written_is_the_stages_fault(
    stand: Stand, world: World, running: Any
) -> None:
    def unwritable(_: str) -> list[Call]:
        call = Call.model_construct(
            id="c", trace="t", session="s", person="p", channel="c", turn="m", step=0, index=0,
            tool="\ud800", tier="flash",
        )  # fmt: skip
        return [call]

    world.on("surrogate", unwritable)
    turn = await ask(stand, "surrogate")
    others = [await ask(stand, f"fine {n}", f"s{n}") for n in range(20)]
    found = await answers(stand, 21)
    assert "I could not finish this" in found[turn]
    assert all(other in found for other in others)
    assert world.seen["surrogate"] == 5
    await at_rest(stand)


async def test_a_result_too_large_to_go_on_is_told(
    stand: Stand, world: World, running: Any
) -> None:
    def large(_: str) -> list[Call]:
        return [
            Call.model_construct(
                id="c" * 20_000, trace="t", session="s", person="p", channel="c",
                turn="m-large-s", step=0, index=0, tool="t", tier="flash",
            )
        ]  # fmt: skip

    world.on("large", large)
    turn = await ask(stand, "large")
    assert "larger than 16384 bytes" in (await answers(stand, 1))[turn]
    await at_rest(stand)


async def test_who_cannot_end_a_turn_tells_it_directly(
    stand: Stand, world: World, running: Any
) -> None:
    def broken(_: str) -> None:
        raise ValueError("no words")

    world.on("respond bad", broken)
    turn, after = await ask(stand, "bad"), await ask(stand, "good")
    found = await answers(stand, 2)
    assert found == {turn: "I could not finish this: no words", after: "good"}
    await at_rest(stand)


async def test_a_record_that_cannot_be_read_keeps_no_turn_from_ending(
    stand: Stand, world: World
) -> None:
    """A newer version may have written it; whoever reads it must not try for ever."""
    await stand.groups(*STAGES)
    await stand.tester.hset(keys.BUSY, "s", "t")
    await stand.tester.zadd(keys.TURNS, {"t": 1})
    await stand.tester.rpush(keys.turn("t"), '{"kind":"of tomorrow"}')
    answer = Answer(
        id="t:answer", trace="t", session="s", person="owner", channel="terminal", turn="t",
        outcome="answered",
    )  # fmt: skip
    await stand.tester.xadd(keys.topic("respond"), {"data": answer.model_dump_json(), "n": 1})
    async with stand.running(*STAGES, resources={World: world}):
        await at_rest(stand)
        after = await ask(stand, "after")
        assert await answers(stand, 1) == {after: "after"}
    assert [letter.turn for letter in await stand.letters()] == ["t"]


async def test_what_was_accepted_is_not_refused_later(stand: Stand, world: World) -> None:
    """More came in before anybody read than may wait: new ones are refused, these are kept."""
    settings = QUICK.model_copy(update={"mailbox": 3})
    door = world.door("0")
    await stand.groups(*STAGES)
    for n in range(8):
        await ask(stand, str(n))
    async with stand.running(*STAGES, resources={World: world}, settings=settings):

        async def waiting() -> bool:
            return await stand.tester.llen(keys.mailbox("s")) == 7

        await soon(waiting)
        with pytest.raises(TooMuch, match="7 of your messages wait"):
            await stand.ingress(settings).accept(received("more"), "more")
        door.set()
        await answers(stand, 8)
        assert [text for text in world.order if text.isdigit()] == [str(n) for n in range(8)]
        await at_rest(stand)
    assert await stand.letters() == []


async def test_a_burst_does_not_pass_the_bound_of_its_session(
    stand: Stand, world: World, running: Any
) -> None:
    """What was accepted and is still on its way counts as well as what waits in the mailbox."""
    door = world.door("first")
    await ask(stand, "first")
    await soon(lambda: world.seen["first"])
    refused: list[TooMuch] = []
    connections = asyncio.Semaphore(50)

    async def one(number: int) -> None:
        async with connections:
            try:
                await ask(stand, str(number))
            except TooMuch as error:
                refused.append(error)

    await asyncio.gather(*(one(n) for n in range(300)))
    assert len(refused) == 200
    assert all(error.retry_after for error in refused)

    async def waiting() -> bool:
        return await stand.tester.llen(keys.mailbox("s")) == 100

    await soon(waiting)
    door.set()
    await answers(stand, 101)
    await at_rest(stand)
    assert await stand.letters() == []


async def test_a_stop_is_obeyed_when_memory_is_full(world: World) -> None:
    """It is what gives memory back; all other new work is refused then."""
    with private_redis(tester=True, maxmemory_mb=16) as servers:
        async with Stand(servers) as stand:
            await functions.load(stand.tester)
            async with stand.running(*STAGES, resources={World: world}):
                world.door("long")
                turn = await ask(stand, "long")
                await soon(lambda: world.seen["long"])
                await stand.tester.set("ballast", "x" * (1 << 20))
                await stand.tester.config_set("maxmemory", 1 << 20)
                with pytest.raises(Closed, match="memory is full"):
                    await ask(stand, "more")
                await stop(stand)
                assert await answers(stand, 1) == {turn: "Stopped."}
                await at_rest(stand)
