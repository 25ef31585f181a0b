"""Lists are read over one connection, and each reader hears of its own list alone."""

from __future__ import annotations

import asyncio

import pytest
from redis.exceptions import ResponseError

from streams import keys
from streams.lists import Lists
from streams.store import AWAY
from tests.stand import Stand


async def test_many_readers_need_one_connection(stand: Stand) -> None:
    lists = Lists(stand.redis)
    for n in range(60):
        await stand.tester.rpush(keys.turn(f"t{n}"), f"of {n}")
    before = await stand.tester.info("stats")
    waves = []
    for wave in range(6):
        waves += [
            asyncio.create_task(lists.read(keys.turn(f"t{10 * wave + n}"))) for n in range(10)
        ]
        await asyncio.sleep(0)
    found = await asyncio.gather(*waves)
    after = await stand.tester.info("stats")
    assert found == [[f"of {n}".encode()] for n in range(60)]
    assert after["total_connections_received"] - before["total_connections_received"] <= 1


async def test_nobody_suffers_for_anothers_list(stand: Stand) -> None:
    lists = Lists(stand.redis)
    await stand.tester.rpush(keys.turn("good"), "x")
    await stand.tester.set(keys.turn("bad"), "no list")
    good, bad, none = await asyncio.gather(
        *(lists.read(keys.turn(name)) for name in ("good", "bad", "none")), return_exceptions=True
    )
    assert (good, none) == ([b"x"], [])
    assert isinstance(bad, ResponseError)


async def test_who_is_cancelled_takes_it_from_nobody(stand: Stand) -> None:
    lists = Lists(stand.redis)
    await stand.tester.rpush(keys.turn("t"), "x")
    first, second = (asyncio.create_task(lists.read(keys.turn("t"))) for _ in range(2))
    await asyncio.sleep(0)
    assert len(lists._wanted) == 1
    first.cancel()
    assert await second == [b"x"]
    with pytest.raises(asyncio.CancelledError):
        await first
    assert await lists.read(keys.turn("t")) == [b"x"]


async def test_whoever_waits_hears_that_redis_is_away(stand: Stand) -> None:
    await stand.redis.aclose()
    stand.redis.connection_pool.connection_kwargs["path"] = "/nowhere"
    lists = Lists(stand.redis)
    for _ in range(2):
        async with asyncio.timeout(20):
            with pytest.raises(AWAY):
                await lists.read(keys.turn("t"))
