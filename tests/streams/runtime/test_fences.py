"""Who stalls is fenced, and what was taken away runs anew."""

from __future__ import annotations

import asyncio
from typing import Any

from schemas.errors import Refused, Transient
from streams import keys
from tests.stand import Stand, soon
from tests.streams.runtime.scene import STAGES, World, answers, ask, at_rest, respond, stall, think


async def test_a_stalled_owner_is_fenced_and_the_new_one_commits(
    stand: Stand, world: World, running: Any
) -> None:
    """Its entry is taken while it works; it comes back while the new owner still works."""
    elsewhere = World()
    mine, theirs = world.door("slow"), elsewhere.door("slow")
    elsewhere.on("slow", lambda _: "from the new owner")
    turn = await ask(stand, "slow")
    await soon(lambda: world.seen["slow"])
    stall(running)
    async with stand.running(think, respond, resources={World: elsewhere}):
        await soon(lambda: elsewhere.seen["slow"])
        mine.set()
        theirs.set()
        assert await answers(stand, 1) == {turn: "from the new owner"}
        await at_rest(stand)
    assert len(await stand.replies()) == 1


async def test_what_was_taken_away_and_comes_back_runs_anew(
    stand: Stand, world: World, running: Any
) -> None:
    door = world.door("slow")
    turn = await ask(stand, "slow")
    await soon(lambda: world.seen["slow"])
    (entry,) = await stand.pending("route", "think")
    await stand.tester.xclaim(keys.topic("route"), "think", keys.RELEASED, 0, [entry], justid=True)
    await soon(lambda: world.seen["slow"] == 2)
    door.set()
    assert await answers(stand, 1) == {turn: "slow"}
    await at_rest(stand)
    await soon(lambda: not running.busy)


async def test_a_full_process_still_renews_what_it_holds(stand: Stand, world: World) -> None:
    """More was given back than it has room for: it goes on beating, and nothing runs twice."""
    names = [f"slow {n}" for n in range(150)]
    doors = [world.door(name) for name in names]
    await stand.groups(*STAGES)
    async with stand.running(
        *(one for one in STAGES if one is not think), resources={World: world}
    ):
        for n, name in enumerate(names):
            await ask(stand, name, f"s{n}")

        async def routed() -> bool:
            return await stand.tester.xlen(keys.topic("route")) == 150

        await soon(routed)
        await stand.redis.xreadgroup("think", "dead", {keys.topic("route"): ">"}, count=150)
        await stand.tester.xclaim(
            keys.topic("route"), "think", keys.RELEASED, 0,
            await stand.pending("route", "think"), justid=True,
        )  # fmt: skip
        async with stand.running(think, resources={World: world}) as runtime:
            await soon(lambda: len(world.seen) >= 128)
            beats = runtime._recovery._beat_at
            await soon(lambda: runtime._recovery._beat_at > beats + 3)
            for door in doors:
                door.set()
            await answers(stand, 150)
    assert {world.seen[name] for name in names} == {1}


async def test_nothing_leaks_from_the_accounts_of_a_reader(
    stand: Stand, world: World, running: Any
) -> None:
    """After all that can go wrong with an entry, a reader has all its room again."""

    def odd(text: str) -> str:
        match int(text) % 4:
            case 0:
                raise Refused("no")
            case 1 if world.seen[text] < 2:
                raise Transient("later")
            case 2 if world.seen[text] < 3:
                raise ValueError("bug")
        return text

    for n in range(300):
        world.on(str(n), odd)
        await ask(stand, str(n), f"s{n}")
    for _ in range(10):
        for entry in (await stand.pending("route", "think"))[:5]:
            await stand.tester.xclaim(
                keys.topic("route"), "think", keys.RELEASED, 0, [entry], justid=True
            )
        await asyncio.sleep(0)
    await answers(stand, 300, seconds=30)
    await at_rest(stand)
    for runner in running._runners:
        assert (runner.held, runner._hands._lanes.held) == ([], 0)
        assert not runner._hands._lanes._waiting
    assert len(await stand.replies()) == 300
