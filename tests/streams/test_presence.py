"""Presence: who is called answers, who hangs does not, and at rest nothing is said."""

from __future__ import annotations

from typing import Any

from schemas.chat import Answer, Think
from streams import keys
from streams.census import Census
from streams.presence import Presence
from streams.stage import stage
from tests.stand import Stand, soon


@stage()
async def think(asked: Think) -> Answer:
    raise AssertionError(asked)


async def idle_ms(stand: Stand, consumer: str) -> int | None:
    rows: Any = await stand.redis.xinfo_consumers(keys.topic("think"), "think")
    return next((int(row["idle"]) for row in rows if row["name"] == consumer.encode()), None)


async def test_a_process_that_is_called_shows_itself(stand: Stand) -> None:
    async with stand.running(think, consumer="here"):

        async def silent() -> bool:
            idle = await idle_ms(stand, "here")
            return idle is not None and idle > 300

        async def heard() -> bool:
            idle = await idle_ms(stand, "here")
            return idle is not None and idle < 200

        await soon(lambda: Census(stand.redis).here(["think"]))
        await soon(silent)
        await Census(stand.redis).call(["think"])
        await soon(heard, 2)


async def test_who_does_not_read_says_nothing(stand: Stand) -> None:
    await stand.groups(think)
    reads = False
    here = Presence(stand.redis, "here", [think], lambda _: reads)
    assert here.channels == [keys.here("think")]
    await here.answer(keys.here("think"))
    assert await idle_ms(stand, "here") is None
    reads = True
    await here.answer(keys.here("other"))
    assert await idle_ms(stand, "here") is None
    await here.answer(keys.here("think"))
    assert await idle_ms(stand, "here") is not None


async def test_a_group_that_is_not_there_harms_nobody(stand: Stand) -> None:
    await Presence(stand.redis, "here", [think], lambda _: True).answer(keys.here("think"))
