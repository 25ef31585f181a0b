"""Readers come back, and a killed Redis loses nothing."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from functools import partial
from typing import Any

from schemas.errors import TooMuch
from streams import functions, keys
from streams.accept import Closed
from tests.redis_server import RedisPair
from tests.stand import Stand, soon
from tests.streams.runtime.scene import STAGES, World, answers, ask, at_rest


async def test_readers_come_back_when_redis_was_emptied(
    stand: Stand, world: World, running: Any
) -> None:
    await ask(stand, "before")
    await answers(stand, 1)
    await stand.tester.flushall()

    async def open_again() -> bool:
        try:
            await ask(stand, "after", "other")
        except Closed:
            return False
        return True

    await soon(open_again)
    assert (await answers(stand, 1, seconds=15))["m-after-other"] == "after"
    await soon(lambda: running.ready)


async def test_readers_come_back_when_their_groups_are_gone(
    stand: Stand, world: World, running: Any
) -> None:
    first = await ask(stand, "before")
    await answers(stand, 1)
    for one in STAGES:
        await stand.tester.xgroup_destroy(keys.topic(one.topic), one.name)
    second = await ask(stand, "after", "other")
    assert await answers(stand, 2, seconds=15) == {first: "before", second: "after"}
    await at_rest(stand)
    assert len(await stand.replies()) == 2


async def test_a_killed_redis_loses_nothing_and_blames_nobody(
    fragile: RedisPair, world: World
) -> None:
    async with Stand(fragile) as stand:
        await functions.load(stand.tester)
        asked: list[str] = []
        stopped = asyncio.Event()

        async def client(session: str) -> None:
            for n in itertools.count():
                if stopped.is_set():
                    return
                name = f"{session}-{n}"
                while True:
                    try:
                        await ask(stand, name, session, name)
                    except (Closed, TooMuch):
                        await asyncio.sleep(0.02)
                    else:
                        break
                asked.append(name)
                await asyncio.sleep(0.01)

        async with stand.running(*STAGES, resources={World: world}):
            clients = [asyncio.create_task(client(f"s{n}")) for n in range(8)]
            for _ in range(5):
                goal = len(asked) + 40
                await soon(partial(more_than, asked, goal))
                fragile.durable.kill()
                fragile.durable.start()
                # Readers back within 10 s: what is asked now is answered.
                name = await _patiently(stand, f"probe {len(asked)}")
                await soon(partial(_answered, stand, name))
                asked.append(name)
            stopped.set()
            await asyncio.gather(*clients)
            await answers(stand, len(asked), seconds=20)
            await at_rest(stand)
        turns = Counter(reply.turn for reply in await stand.replies())
        assert set(turns) == set(asked)
        assert set(turns.values()) == {1}
        assert await stand.letters() == []
        for n in range(8):
            mine = [text for text in world.order if text.startswith(f"s{n}-")]
            firsts = list(dict.fromkeys(mine))
            assert firsts == [f"s{n}-{i}" for i in range(len(firsts))]


def more_than(things: list[str], count: int) -> bool:
    return len(things) > count


async def _patiently(stand: Stand, text: str) -> str:
    async with asyncio.timeout(10):
        while True:
            try:
                return await ask(stand, text, text.replace(" ", "-"))
            except Closed:
                await asyncio.sleep(0.02)


async def _answered(stand: Stand, turn: str) -> bool:
    return any(reply.turn == turn for reply in await stand.replies())
