"""Processes elsewhere: seen while they answer, missed when they are gone or hang."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ops.flow.elsewhere import GRACE, Elsewhere
from schemas.chat import Answer, Think
from streams import keys
from streams.census import Census
from streams.presence import Presence
from streams.stage import stage
from streams.topology import graph
from tests.stand import Stand, soon


@stage()
async def think(asked: Think) -> Answer:
    raise AssertionError(asked)


NODES = graph([think]).nodes


class Process:
    """A process elsewhere that can be made to hang: connected, and silent."""

    def __init__(self) -> None:
        self.hangs = asyncio.Event()
        self.calls = 0


@asynccontextmanager
async def process(stand: Stand) -> AsyncIterator[Process]:
    await stand.groups(think)
    topic = keys.topic("think")
    await stand.redis.xreadgroup("think", "elsewhere", {topic: ">"}, count=1)
    one = Process()
    presence = Presence(stand.redis, "elsewhere", [think], lambda _: True)
    async with stand.redis.pubsub(ignore_subscribe_messages=True) as line:
        await line.subscribe(*presence.channels)

        async def live() -> None:
            while True:
                call = await line.get_message(timeout=5)
                if call is not None:
                    one.calls += 1
                    if not one.hangs.is_set():
                        await presence.answer(call["channel"].decode())

        living = asyncio.create_task(live())
        try:
            yield one
        finally:
            living.cancel()
            await asyncio.gather(living, return_exceptions=True)


async def look(stand: Stand, elsewhere: Elsewhere) -> bool:
    census = Census(stand.redis)
    counts = await census.count([("think", "think")])
    return "think" in await elsewhere.reading(NODES, counts, [])


async def test_one_that_hangs_is_missed_within_two_seconds(stand: Stand) -> None:
    elsewhere = Elsewhere(Census(stand.redis), "here")
    async with process(stand) as one:
        assert await look(stand, elsewhere)
        assert await look(stand, elsewhere), "at once again"
        one.hangs.set()
        await stand.redis.xreadgroup("think", "elsewhere", {keys.topic("think"): ">"}, count=1)
        began = time.monotonic()
        while await look(stand, elsewhere):  # what it did a moment ago still counts
            assert time.monotonic() - began < 2
        assert time.monotonic() - began >= GRACE, "a slow machine gets its time"
        calls = one.calls
        assert not await look(stand, elsewhere)
        assert one.calls == calls, "who owes an answer is not called again"
        one.hangs.clear()
        # What reads again is heard, whether or not it still has the call.
        await stand.redis.xreadgroup("think", "elsewhere", {keys.topic("think"): ">"}, count=1)
        assert await look(stand, elsewhere)

    async def missed() -> bool:
        return not await look(stand, elsewhere)

    await soon(missed)  # when Redis has seen the line end


async def test_one_of_an_earlier_version_is_heard_by_its_reading(stand: Stand) -> None:
    await stand.groups(think)
    elsewhere = Elsewhere(Census(stand.redis), "here")
    assert not await look(stand, elsewhere)
    await stand.redis.xreadgroup("think", "elsewhere", {keys.topic("think"): ">"}, count=1)
    assert await look(stand, elsewhere)
    await stand.redis.xgroup_delconsumer(keys.topic("think"), "think", "elsewhere")
    await stand.redis.xreadgroup("think", "here", {keys.topic("think"): ">"}, count=1)
    assert not await look(stand, elsewhere), "we are not elsewhere"
