"""What everybody is done with is forgotten, and nothing else."""

from __future__ import annotations

import random
from typing import Any

import pytest

from streams import keys
from streams.broker import ensure_group
from streams.store import fcall
from tests.streams.library.desk import (
    Desk,
    soon_retired,
)


@pytest.mark.parametrize("seed", range(5))
async def test_trim_never_takes_what_a_group_still_needs(desk: Desk, seed: int) -> None:
    chance = random.Random(seed)
    await desk.tester.config_set("stream-node-max-entries", 5)
    stream = keys.topic("think")
    await ensure_group(desk.redis, stream, "slow")
    entries = [await desk.put("think") for _ in range(200)]
    needed = set(entries)
    for group, share in (("think", chance.randint(0, 200)), ("slow", chance.randint(0, 200))):
        read = entries[:share]
        if share:
            await desk.redis.xreadgroup(group, "a", {stream: ">"}, count=share)
        done = chance.sample(read, chance.randint(0, share)) if share else []
        if done:
            await desk.redis.xack(stream, group, *done)
        needs = set(entries[share:]) | (set(read) - set(done))
        needed = needed & needs if group == "think" else needed | needs
        if group == "think":
            thinks = needs
    needed = thinks | needs
    await fcall(desk.redis, "trim", "think")
    rows: Any = await desk.tester.xrange(stream)
    assert needed <= {row.decode() for row, _ in rows}


async def test_trim_takes_what_all_are_done_with(desk: Desk) -> None:
    await desk.tester.config_set("stream-node-max-entries", 5)
    for _ in range(100):
        await desk.put("think")
    entries = await desk.read("think")
    await desk.redis.xack(keys.topic("think"), "think", *entries[:90])
    await fcall(desk.redis, "trim", "think", "nothing")
    assert 10 <= await desk.tester.xlen(keys.topic("think")) <= 20


async def test_who_holds_something_is_not_retired(desk: Desk) -> None:
    await desk.held("think", "holds")
    entry = await desk.held("think", "idle")
    await desk.redis.xack(keys.topic("think"), "think", entry)
    gone = await soon_retired(desk)
    assert gone == 1
    names = [row["name"] for row in await desk.tester.xinfo_consumers(keys.topic("think"), "think")]
    assert names == [b"holds"]
