"""Several commands in one go: their answers belong to whoever asked, whatever happens to others."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from redis.exceptions import ResponseError

from streams.store import AWAY, connect, told
from tests.redis_server import private_redis
from tests.stand import Stand


async def test_answers_come_in_the_order_of_the_commands(stand: Stand) -> None:
    redis = stand.tester
    found = await told(
        redis,
        [
            ("SET", "a", "1"), ("INCRBY", "a", 41), ("GET", "a"), ("GET", "none"),
            ("SET", "b", b"\x00\xff"), ("GET", "b"),
            ("RPUSH", "l", "x", "y"), ("LRANGE", "l", 0, -1),
        ],
    )  # fmt: skip
    assert found == [b"OK", 42, b"42", None, b"OK", b"\x00\xff", 2, [b"x", b"y"]]
    both = await asyncio.gather(
        *(told(redis, [("SET", f"k{n}", n), ("GET", f"k{n}")]) for n in range(50))
    )
    assert [answer[1] for answer in both] == [str(n).encode() for n in range(50)]


async def test_a_refusal_takes_no_other_answer_along(stand: Stand) -> None:
    redis = connect(stand.servers.durable_url())
    with pytest.raises(ResponseError):
        await told(redis, [("SET", "nexus:a", "1"), ("INCR", "elsewhere"), ("SET", "nexus:b", "2")])
    assert await told(redis, [("GET", "nexus:a"), ("GET", "nexus:b")]) == [b"1", b"2"]
    await redis.aclose()


async def test_who_is_cut_off_leaves_no_answer_for_the_next(stand: Stand) -> None:
    redis = connect(stand.servers.durable_url())
    for _ in range(20):
        task = asyncio.create_task(told(redis, [("SET", "nexus:a", "old"), ("GET", "nexus:a")]))
        for _ in range(3):
            await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert await told(redis, [("SET", "nexus:b", "new"), ("GET", "nexus:b")]) == [b"OK", b"new"]
    await redis.aclose()


async def test_it_goes_on_after_the_server_was_started_anew() -> None:
    with private_redis(live=False, tester=True) as servers:
        redis = connect(servers.durable_url())
        assert await told(redis, [("SET", "nexus:a", "1")]) == [b"OK"]
        servers.durable.kill()
        with pytest.raises(AWAY):
            await told(redis, [("GET", "nexus:a")])
        servers.durable.start()
        assert await told(redis, [("GET", "nexus:a")]) == [b"1"]
        await redis.aclose()
