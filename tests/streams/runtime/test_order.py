"""One reader of the inbox keeps a session's order, and suspects run apart from all others."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import orjson

from streams import keys
from streams.recovery import TOGETHER
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


class Counting(World):
    """Knows what ran beside each other."""

    def __init__(self) -> None:
        super().__init__()
        self.most = 0
        self.beside: dict[str, set[str]] = {}
        self._now: set[str] = set()

    async def meet(self, text: str) -> Any:
        self._now.add(text)
        self.most = max(self.most, len(self._now))
        for one in self._now:
            self.beside.setdefault(one, set()).update(self._now - {one})
        try:
            await asyncio.sleep(0.2)  # whoever may come beside it has come by then
            return await super().meet(text)
        finally:
            self._now.discard(text)


async def test_suspects_run_in_a_small_company_and_who_died_there_alone(
    stand: Stand, world: World
) -> None:
    solo, count, again = Counting(), 30, {"suspect 3", "suspect 17"}
    await stand.groups(*STAGES)
    calls: list[int] = []

    async def called() -> None:
        calls.append(1)

    for n in range(count):
        await ask(stand, f"suspect {n}", f"s{n}")
    helpers = [one for one in STAGES if one is not think]
    async with stand.running(*helpers, resources={World: world}):

        async def routed() -> bool:
            return await stand.tester.xlen(keys.topic("route")) == count

        await soon(routed)
        await stand.redis.xreadgroup("think", keys.SUSPECTS, {keys.topic("route"): ">"}, count=30)
    rows: Any = await stand.tester.xrange(keys.topic("route"))
    for entry, fields in rows:
        session = orjson.loads(fields[b"data"])["session"]
        crashes = 3 if f"suspect {session[1:]}" in again else 2
        known = orjson.dumps({"g": 0, "c": crashes})
        await stand.tester.hset(f"{keys.TROUBLE}route:think", entry, known)
    runtime = stand.runtime(*STAGES, resources={World: world})
    runtime._rounds._call_for_help = called
    await runtime.start()
    await soon(lambda: calls)
    assert world.seen["suspect 0"] == 0
    async with stand.running(*STAGES, resources={World: solo}, solo=True):
        await answers(stand, count)
        await at_rest(stand)
    await runtime.drain()
    assert 1 < solo.most <= TOGETHER
    assert [text for text in again if solo.beside[text]] == []
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
