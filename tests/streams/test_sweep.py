"""What no longer moves is found, told, and mended; what moves is left alone."""

from __future__ import annotations

from typing import Any

import pytest
from redis.asyncio import Redis

from schemas.base import now_ms
from schemas.chat import Admitted, Answer
from schemas.desk import Happened
from schemas.record import Asked
from streams import keys
from streams.broker import ensure_group
from streams.sweep import Sweeper
from tests.stand import Stand

ASKED = Asked(text="?", person="owner", channel="terminal", chat="c", profile="full")
LONG_AGO = 10_000_000


@pytest.fixture
def redis(stand: Stand) -> Redis:
    return stand.redis


async def _running(redis: Redis, turn: str, session: str, *, age: int) -> None:
    await redis.hset(keys.BUSY, session, turn)
    await redis.zadd(keys.TURNS, {turn: now_ms() - age})
    await redis.rpush(keys.turn(turn), ASKED.model_dump_json())


async def _happened(redis: Redis) -> list[str]:
    rows: Any = await redis.xrange(keys.topic("events"))
    return [Happened.model_validate_json(fields[b"data"]).type for _, fields in rows]


async def test_a_turn_that_nothing_in_flight_explains_is_ended(redis: Redis) -> None:
    await _running(redis, "lost", "s", age=LONG_AGO)
    found = await Sweeper(redis, deadline=1).sweep()
    assert [(one.kind, one.turn, one.mended) for one in found] == [("turn.lost", "lost", "ENDED")]
    rows: Any = await redis.xrange(keys.topic("respond"))
    answer = Answer.model_validate_json(rows[0][1][b"data"])
    assert (answer.turn, answer.session, answer.outcome) == ("lost", "s", "failed")
    assert await _happened(redis) == ["sweeper.turn.lost"]
    assert await Sweeper(redis, deadline=1).sweep() == []


async def test_who_runs_beside_another_of_its_session_is_answered_there(redis: Redis) -> None:
    asked = ASKED.model_copy(update={"session": "s"})
    await redis.zadd(keys.TURNS, {"beside": now_ms() - LONG_AGO})
    await redis.rpush(keys.turn("beside"), asked.model_dump_json())
    await redis.hset(keys.BUSY, "s", "another")
    await redis.zadd(keys.TURNS, {"another": now_ms()})
    await Sweeper(redis, deadline=1).sweep()
    rows: Any = await redis.xrange(keys.topic("respond"))
    answer = Answer.model_validate_json(rows[0][1][b"data"])
    assert (answer.turn, answer.session) == ("beside", "s")


async def test_a_slow_turn_is_told_once_and_left_alone(redis: Redis) -> None:
    await _running(redis, "slow", "s", age=LONG_AGO)
    admitted = Admitted(
        id="slow:turn", trace="x", session="s", person="owner", channel="c", turn="slow"
    )
    await redis.xadd(keys.topic("route"), {"data": admitted.model_dump_json()})
    sweeper = Sweeper(redis, deadline=1)
    assert [one.kind for one in await sweeper.sweep()] == ["turn.slow"]
    assert await sweeper.sweep() == []
    assert await redis.xlen(keys.topic("respond")) == 0


async def _entry(redis: Redis, turn: str) -> None:
    call = Admitted(
        id=f"{turn}:turn", trace="x", session="s", person="owner", channel="c", turn=turn
    )
    await redis.xadd(keys.topic("route"), {"data": call.model_dump_json()})


async def test_what_was_acknowledged_explains_nothing(redis: Redis) -> None:
    """Trimming leaves the last entries where they are; a lost turn's may be among them."""
    await _running(redis, "lost", "s", age=LONG_AGO)
    await _running(redis, "held", "other", age=LONG_AGO)
    for group in (keys.JOURNAL, "route"):
        await ensure_group(redis, keys.topic("route"), group)
    for turn in ("lost", "held"):
        await _entry(redis, turn)
    read: Any = await redis.xreadgroup("route", "a", {keys.topic("route"): ">"})
    await redis.xack(keys.topic("route"), "route", read[0][1][0][0])
    found = await Sweeper(redis, deadline=1).sweep()
    assert {(one.kind, one.turn, one.mended) for one in found} == {
        ("turn.lost", "lost", "ENDED"),
        ("turn.slow", "held", ""),
    }


async def test_what_waits_behind_much_is_not_lost(redis: Redis) -> None:
    """Without a journal a topic keeps more than one would look through in one call."""
    await _running(redis, "slow", "s", age=LONG_AGO)
    await ensure_group(redis, keys.topic("route"), "route")
    async with redis.pipeline(transaction=False) as pipe:
        for n in range(10_100):
            pipe.xadd(keys.topic("route"), {"data": f'{{"n":{n}}}'})
        await pipe.execute()
    await _entry(redis, "slow")
    assert [one.kind for one in await Sweeper(redis, deadline=1).sweep()] == ["turn.slow"]


async def test_a_record_that_cannot_be_read_stops_no_sweep(redis: Redis) -> None:
    await redis.rpush(keys.turn("lost"), '{"kind":"of tomorrow"}')
    await _running(redis, "lost", "s", age=LONG_AGO)
    assert [one.mended for one in await Sweeper(redis, deadline=1).sweep()] == ["ENDED"]


async def test_a_young_turn_is_nobodys_business(redis: Redis) -> None:
    await _running(redis, "young", "s", age=0)
    assert await Sweeper(redis, deadline=1).sweep() == []


async def test_a_busy_mark_without_a_turn_is_taken_away(redis: Redis) -> None:
    await redis.hset(keys.BUSY, "s", "over")
    found = await Sweeper(redis, deadline=1).sweep()
    assert [(one.kind, one.mended) for one in found] == [("session.stuck", "FREED")]
    assert not await redis.hexists(keys.BUSY, "s")
    assert await _happened(redis) == ["sweeper.session.stuck"]
