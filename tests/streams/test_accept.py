"""The door for gateways: what a receipt means, and every way to be turned away."""

from __future__ import annotations

import asyncio

import pytest

from schemas.chat import Received, Remark
from schemas.errors import Conflict, Invalid, TooMuch
from streams import functions, keys
from streams.accept import Closed, Ingress
from streams.broker import ensure_group
from streams.store import connect
from tests.redis_server import private_redis
from tests.stand import GATEWAY, QUICK, Stand, received


@pytest.fixture
async def door(stand: Stand) -> Ingress:
    await ensure_group(stand.redis, keys.topic("inbox"), "admit")
    return stand.ingress()


async def test_a_hundred_tries_are_one_message(stand: Stand, door: Ingress) -> None:
    """Each try has an id and a time of its own: what was said is the same."""
    found = await asyncio.gather(
        *(door.accept(received(f"id{n}", at=n + 1, trace=f"t{n}"), "key") for n in range(100))
    )
    assert len({one.id for one in found}) == 1
    assert sum(one.fresh for one in found) == 1
    assert len(await stand.entries("inbox")) == 1


async def test_the_same_key_for_other_words_is_a_conflict(door: Ingress) -> None:
    await door.accept(received("first", text="a"), "key")
    with pytest.raises(Conflict, match="first"):
        await door.accept(received("second", text="b"), "key")


async def test_the_same_words_are_the_same_whatever_others_said_since(
    stand: Stand, door: Ingress
) -> None:
    eve = Remark(name="Eve", text="no")
    first = await door.accept(received("first"), "key")
    again = await door.accept(received("second", remarks=(eve,)), "key")
    assert (again.id, again.fresh) == (first.id, False)


async def test_a_newer_release_knows_again_what_the_older_one_took_in(door: Ingress) -> None:
    """Who heard no answer says it again, and the server may have been upgraded meanwhile."""

    class Newer(Received):
        """What the next release makes of the same words."""

        mood: str | None = None

    first = await door.accept(received("first"), "key")
    newer = Newer.model_validate(received("second").model_dump())
    again = await door.accept(newer, "key")
    assert (again.id, again.fresh) == (first.id, False)
    with pytest.raises(Conflict, match="first"):
        await door.accept(newer.model_copy(update={"mood": "good"}), "key")


async def test_what_is_accepted_is_signed(stand: Stand, door: Ingress) -> None:
    await door.accept(received("m"), "key")
    (entry,) = await stand.entries("inbox")
    assert entry["sig"] == GATEWAY.sign(entry["data"].encode())


async def test_the_largest_message(door: Ingress) -> None:
    await door.accept(received("m", text="x" * 200_000), "key")
    with pytest.raises(Invalid, match="at most 262144 are accepted"):
        await door.accept(received("n", text="\u00e9" * 150_000), "other")


async def test_before_the_groups_exist_the_door_is_closed(stand: Stand) -> None:
    with pytest.raises(Closed, match="not set up"):
        await stand.ingress().accept(received("m"), "key")


async def test_a_full_backlog_asks_to_come_later(stand: Stand, door: Ingress) -> None:
    few = stand.ingress(QUICK.model_copy(update={"backlog": 3}))
    for n in range(4):
        await few.accept(received(f"m{n}", f"s{n}"), f"k{n}")
    with pytest.raises(TooMuch, match="4 messages wait") as refused:
        await few.accept(received("m4", "s4"), "k4")
    assert refused.value.retry_after
    assert len(await stand.entries("inbox")) == 4


async def test_without_a_server_the_door_is_closed() -> None:
    nowhere = Ingress(connect("unix:///nowhere/durable.sock"), GATEWAY, QUICK)
    with pytest.raises(Closed, match="does not answer") as closed:
        await nowhere.accept(received("m"), "key")
    assert closed.value.retry_after


async def test_without_memory_the_door_is_closed_and_opens_by_itself() -> None:
    with private_redis(live=False, tester=True, maxmemory_mb=16) as servers:
        async with Stand(servers) as stand:
            await functions.load(stand.tester)
            await ensure_group(stand.redis, keys.topic("inbox"), "admit")
            await stand.tester.set("ballast", "x" * (1 << 20))
            await stand.tester.config_set("maxmemory", 1 << 20)
            with pytest.raises(Closed, match="memory is full"):
                await stand.ingress().accept(received("m"), "key")
            await stand.tester.config_set("maxmemory", 64 << 20)
            assert (await stand.ingress().accept(received("m"), "key")).fresh
