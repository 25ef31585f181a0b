"""How schedules are kept, and what of it only one clock hears."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from redis import Redis
from redis.exceptions import NoPermissionError

from streams import keys
from streams.line import Away
from streams.schedules import Changes, Schedules
from streams.store import connect
from tests.stand import Stand


@pytest.fixture
def schedules(stand: Stand) -> Schedules:
    return Schedules.on(stand.redis)


async def test_a_name_is_given_once(schedules: Schedules) -> None:
    assert await schedules.add("disks", "one")
    assert not await schedules.add("disks", "two")
    assert (await schedules.all(), await schedules.count()) == ({"disks": "one"}, 1)
    await schedules.put("disks", "three")
    assert (await schedules.get("disks"), await schedules.get("other")) == ("three", None)


async def test_of_all_that_say_it_is_done_one_hears_yes(schedules: Schedules) -> None:
    await schedules.plan("disks", 10)
    found = await asyncio.gather(*(schedules.advance("disks", 10, 20) for _ in range(8)))
    assert found.count(True) == 1
    assert not await schedules.advance("disks", 10, 15), "a time never goes back"
    assert await schedules.planned() == {"disks": 20}
    ends = await asyncio.gather(*(schedules.advance("disks", 20, None) for _ in range(8)))
    assert ends.count(True) == 1
    assert await schedules.planned() == {}


async def test_what_was_moved_or_forgotten_meanwhile_stays_so(schedules: Schedules) -> None:
    await schedules.plan("disks", 30)
    assert not await schedules.advance("disks", 10, None), "it has another time now"
    assert await schedules.planned() == {"disks": 30}
    await schedules.remove("disks")
    assert not await schedules.advance("disks", 30, 40)
    assert await schedules.planned() == {}


async def test_what_is_due_comes_in_its_order(schedules: Schedules) -> None:
    for name, due in (("b", 20), ("a", 10), ("c", 1_800_000_000_123)):
        await schedules.plan(name, due)
    assert await schedules.due(20, 10) == [("a", 10), ("b", 20)]
    assert await schedules.due(20, 1) == [("a", 10)]
    assert [await schedules.next(after) for after in (9, 10, 20)] == [10, 20, 1_800_000_000_123]
    assert await schedules.next(1_800_000_000_123) is None


async def test_what_became_of_one_goes_with_it(schedules: Schedules) -> None:
    await schedules.add("disks", "one")
    await schedules.note("disks", turn="t", due=5)
    await schedules.count_up("disks", "runs", 1)
    await schedules.count_up("disks", "runs", 0)
    assert await schedules.state("disks") == {"turn": "t", "due": "5", "runs": "1"}
    await schedules.forget("disks", "turn", "none")
    assert await schedules.remove("disks")
    assert (await schedules.state("disks"), await schedules.all()) == ({}, {})
    assert not await schedules.remove("disks")


async def test_a_change_is_heard_and_a_broken_line_made_again(stand: Stand) -> None:
    schedules, client = Schedules.on(stand.redis), connect(stand.servers.durable_url())
    changes = Changes(client)
    listening = asyncio.create_task(changes.listen())
    try:
        async with asyncio.timeout(10):
            await changes.heard.wait()
            changes.heard.clear()
            await schedules.tell()
            await changes.heard.wait()
            changes.heard.clear()
            await stand.tester.client_kill_filter(_type="pubsub")
            await changes.heard.wait()
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        await client.aclose()


async def test_who_hears_nothing_for_long_may_have_missed_something(stand: Stand) -> None:
    client = connect(stand.servers.durable_url())
    changes = Changes(client, silent=0.05)
    listening = asyncio.create_task(changes.listen())
    try:
        async with asyncio.timeout(10):
            for _ in range(3):
                await changes.heard.wait()
                changes.heard.clear()
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        await client.aclose()


async def test_without_redis_it_says_so() -> None:
    with pytest.raises(Away):
        await Schedules.on(connect("unix:///nowhere/durable.sock")).all()


async def test_who_may_keep_schedules_may_nothing_else(stand: Stand) -> None:
    client = connect(stand.servers.durable_url("schedules"))
    schedules = Schedules.on(client)
    await schedules.add("disks", "one")
    await schedules.plan("disks", 10)
    await schedules.note("disks", wanted=10)
    await schedules.tell()
    assert await schedules.remove("disks")
    await client.aclose()
    with Redis.from_url(stand.servers.durable_url("schedules")) as plain:
        for words in (("GET", keys.BUSY), ("HSET", keys.session("s"), "a", "b")):
            with pytest.raises(NoPermissionError):
                plain.execute_command(*words)
