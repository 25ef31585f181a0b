"""One reader of the inbox keeps a session's order, and suspects run alone."""

from __future__ import annotations

import itertools
from typing import Any

from streams import keys
from tests.stand import Stand, soon
from tests.streams.runtime.scene import STAGES, World, answers, ask, at_rest, stall, think


async def test_two_replicas_keep_the_order_of_a_session(stand: Stand, world: World) -> None:
    async with (
        stand.running(*STAGES, resources={World: world}),
        stand.running(*STAGES, resources={World: world}),
    ):
        for n, session in itertools.product(range(20), "abc"):
            await ask(stand, f"{session}{n}", session)
        await answers(stand, 60)
    for session in "abc":
        mine = [text for text in world.order if text[0] == session]
        assert mine == [f"{session}{n}" for n in range(20)]


async def test_what_went_to_another_reader_is_not_overtaken(
    stand: Stand, world: World, running: Any
) -> None:
    """A stalled reader still gets entries; the leader waits for none of them, and passes none."""
    await soon(lambda: running._readers["inbox"].alive)
    await running._readers["inbox"].stop()
    await ask(stand, "0")
    await stand.redis.xreadgroup("admit", "stalled", {keys.topic("inbox"): ">"}, count=10)
    for n in range(1, 10):
        await ask(stand, str(n))
    await answers(stand, 10)
    assert [text for text in world.order if text.isdigit()] == [str(n) for n in range(10)]
    await at_rest(stand)


async def test_the_lead_goes_over_when_a_leader_falls_silent(stand: Stand, world: World) -> None:
    async with stand.running(*STAGES, resources={World: world}) as first:
        await soon(lambda: first._leading.topics)
        async with stand.running(*STAGES, resources={World: world}) as second:
            stall(first)
            await soon(lambda: second._leading.topics)
            for n in range(10):
                await ask(stand, str(n))
            await answers(stand, 10)
    assert [text for text in world.order if text.isdigit()] == [str(n) for n in range(10)]


async def test_suspects_run_one_at_a_time_and_are_acquitted(stand: Stand, world: World) -> None:
    together = 0
    most = 0

    class Counting(World):
        async def meet(self, text: str) -> Any:
            nonlocal together, most
            together += 1
            most = max(most, together)
            try:
                return await super().meet(text)
            finally:
                together -= 1

    alone = Counting()
    await stand.groups(*STAGES)
    calls: list[int] = []

    async def called() -> None:
        calls.append(1)

    names = [f"suspect {n}" for n in range(30)]
    for n, name in enumerate(names):
        await ask(stand, name, f"s{n}")
    helpers = [one for one in STAGES if one is not think]
    async with stand.running(*helpers, resources={World: world}):

        async def routed() -> bool:
            return await stand.tester.xlen(keys.topic("route")) == 30

        await soon(routed)
        await stand.redis.xreadgroup("think", keys.SUSPECTS, {keys.topic("route"): ">"}, count=30)
    runtime = stand.runtime(*STAGES, resources={World: world})
    runtime._call_for_help = called
    await runtime.start()
    await soon(lambda: calls)
    assert world.seen["suspect 0"] == 0
    async with stand.running(*STAGES, resources={World: alone}, solo=True):
        await answers(stand, 30)
        await at_rest(stand)
    await runtime.drain()
    assert most == 1
    assert await stand.letters() == []


async def test_a_suspect_of_the_inbox_keeps_its_place(stand: Stand, world: World) -> None:
    await stand.groups(*STAGES)
    for n in range(10):
        await ask(stand, str(n))
    await stand.redis.xreadgroup("admit", "gone", {keys.topic("inbox"): ">"}, count=5)
    entries = await stand.pending("inbox", "admit")
    await stand.tester.xclaim(
        keys.topic("inbox"), "admit", keys.SUSPECTS, 0, entries[2:3], justid=True
    )
    async with (
        stand.running(*STAGES, resources={World: world}),
        stand.running(*STAGES, resources={World: world}, solo=True),
    ):
        await answers(stand, 10)
        await at_rest(stand)
    assert [text for text in world.order if text.isdigit()] == [str(n) for n in range(10)]
