"""A rule's brake: so many times in any minute, the rest counted once, and the first of it told."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from redis.exceptions import ResponseError

from streams import keys
from streams.store import Argument, connect, fcall
from tests.streams.library.desk import Desk, accept, happened

BRAKE = ("r", 3)


def fire(key: str) -> list[Argument]:
    return ["rules", key, "d", 60, *BRAKE]


async def counts(desk: Desk) -> tuple[int, int]:
    found: Any = await desk.tester.hgetall(keys.rule_counts("r"))
    return int(found.get(b"fired", 0)), int(found.get(b"skipped", 0))


async def verdicts(desk: Desk, function: str, *words: list[Argument]) -> list[str]:
    found = [await fcall(desk.redis, function, *each) for each in words]
    return [verdict.decode() for verdict, _ in found]


async def test_no_minute_has_more_and_what_is_beyond_is_counted(desk: Desk) -> None:
    said = await asyncio.gather(
        *(fcall(desk.redis, "accept", *accept(f"k{n}", f"m{n}"), *BRAKE) for n in range(20))
    )
    assert sorted(verdict.decode() for verdict, _ in said) == ["BRAKED"] * 17 + ["OK"] * 3
    assert len(await desk.entries("inbox")) == 3
    assert await counts(desk) == (3, 17)
    # One of them knows when it began, so that it is told once.
    assert len([storm for verdict, storm in said if verdict == b"BRAKED" and storm]) == 1
    # Ways of doing something share the minute.
    assert await verdicts(desk, "tell", [*happened("t", "t"), *BRAKE]) == ["BRAKED"]
    assert await verdicts(desk, "fire", fire("f")) == ["BRAKED"]
    assert await desk.entries("events") == []


async def test_a_repeat_is_what_it_was_and_counts_no_more(desk: Desk) -> None:
    for number in range(4):
        await fcall(desk.redis, "fire", *fire(f"k{number}"))
    skipped = await fcall(desk.redis, "fire", *fire("k3"))
    assert skipped[0] == b"BRAKED"
    assert skipped[1].startswith(b"1"), "who died before telling of the storm tells of it now"
    assert await verdicts(desk, "fire", fire("k0")) == ["SAME"]
    assert await counts(desk) == (3, 1)
    await desk.tester.delete(keys.RULE + "r")
    assert (await fcall(desk.redis, "fire", *fire("k3")))[0] == b"BRAKED", "it stays skipped"


async def test_a_minute_later_it_fires_again_and_another_storm_is_another(desk: Desk) -> None:
    for number in range(5):
        await fcall(desk.redis, "fire", *fire(f"k{number}"))
    seconds, _ = await desk.tester.time()
    await desk.tester.lset(keys.RULE + "r", 0, str((seconds - 61) * 1000))
    assert await verdicts(desk, "fire", fire("a"), fire("b")) == ["OK", "BRAKED"]
    # It was told lately; after a silence it is news again.
    assert (await fcall(desk.redis, "fire", *fire("c")))[1] == b""
    await desk.tester.hset(keys.rule_counts("r"), "skipped_at", (seconds - 601) * 1000)
    assert (await fcall(desk.redis, "fire", *fire("d")))[1] != b""


async def test_a_clock_that_is_moved_back_stops_no_rule(desk: Desk) -> None:
    for number in range(4):
        await fcall(desk.redis, "fire", *fire(f"k{number}"))
    seconds, _ = await desk.tester.time()
    for at in range(3):
        await desk.tester.lset(keys.RULE + "r", at, str((seconds + 3_600) * 1000))
    assert await verdicts(desk, "fire", fire("a")) == ["OK"]


async def test_what_is_turned_away_counts_for_nothing(desk: Desk) -> None:
    full = accept("k", "m", room=0)
    assert await verdicts(desk, "accept", [*full, *BRAKE]) == ["BUSY"]
    assert await counts(desk) == (0, 0)


async def test_without_a_rule_there_is_no_brake(desk: Desk) -> None:
    for number in range(5):
        assert await verdicts(desk, "tell", list(happened(f"k{number}", "m"))) == ["OK"]
    assert await counts(desk) == (0, 0)


@pytest.mark.parametrize("role", ["channels", "terminal"])
async def test_no_gateway_can_use_up_a_rule_s_minute(desk: Desk, role: str) -> None:
    client = connect(desk.servers.durable_url(role))
    words = accept("k", "m")
    words[0] = "terminal" if role == "terminal" else "channel-telegram"
    with pytest.raises(ResponseError, match=r"(?i)permission|acl"):
        await fcall(client, "accept", *words, *BRAKE)
    assert await counts(desk) == (0, 0)
    assert await desk.entries("inbox") == []
    assert (await fcall(client, "accept", *words))[0] == b"OK"
    await client.aclose()
