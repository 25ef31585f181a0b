"""The fence, and the group commit: who may commit what, and what it leaves."""

from __future__ import annotations

import asyncio
import random

import pytest

from streams import keys
from tests.streams.library.desk import (
    PAIRS,
    THINK,
    Desk,
    Item,
    admit,
    finish,
    hop,
    settle,
)


async def test_a_hop_publishes_records_and_acknowledges(desk: Desk) -> None:
    entry = await desk.begin()
    assert await desk.commit("hop", "route", hop(entry, "t", facts=("f",), sent=THINK)) == ["OK 2"]
    assert await desk.entries("think") == [{"data": "go on", "n": "2"}]
    assert await desk.record() == ["asked t", "f"]
    assert await desk.pending("route", "route") == []


async def test_only_the_owner_commits(desk: Desk) -> None:
    entry = await desk.begin()
    answers = await desk.commit("hop", "route", hop(entry, "t", sent=THINK), consumer="b")
    assert answers == ["FENCED"]
    assert await desk.data("think") == []
    assert await desk.pending("route", "route", "a") == [entry]


async def test_the_owner_of_an_earlier_generation_does_not_commit(desk: Desk) -> None:
    """It lost the entry and has it again: its old run is somebody else's by now."""
    entry = await desk.begin()
    await desk.release("route", "a")
    assert await desk.reclaim("route", "a") == [(entry, "2")]
    old, new = hop(entry, "t", sent=THINK), hop(entry, "t", sent=THINK, generation=2)
    assert await desk.commit("hop", "route", old) == ["FENCED"]
    assert await desk.commit("hop", "route", new) == ["OK 1"]
    assert await desk.data("think") == ["go on"]


async def test_nobody_commits_twice(desk: Desk) -> None:
    entry = await desk.begin()
    answers = await desk.commit("hop", "route", *[hop(entry, "t", sent=THINK)] * 3)
    assert answers == ["OK 1", "FENCED", "FENCED"]
    assert len(await desk.data("think")) == 1


async def test_of_many_racing_owners_one_commits(desk: Desk) -> None:
    """The entry is taken from one to the next while all of them try to commit."""
    entry = await desk.begin()

    async def try_all(consumer: str) -> list[str]:
        taken = await desk.reclaim("route", consumer, "0")
        mine = [hop(one, "t", sent=THINK, generation=g) for one, g in taken]
        await asyncio.sleep(random.random() / 100)
        return await desk.commit("hop", "route", *mine, consumer=consumer) if mine else []

    await desk.age("route", entry, "a")
    found = await asyncio.gather(*(try_all(f"w{n}") for n in range(30)))
    assert sum(answers == ["OK 1"] for answers in found) == 1
    assert len(await desk.data("think")) == 1


@pytest.mark.parametrize("function", ["hop", "settle", "finish", "halt", "bury", "fail", "admit"])
async def test_every_commit_is_fenced(desk: Desk, function: str) -> None:
    topic = "inbox" if function == "admit" else "respond"
    await desk.lead("b")
    entry = await desk.held(topic, "a")
    items: dict[str, Item] = {
        "hop": hop(entry),
        "settle": settle(entry, "c0"),
        "halt": hop(entry),
        "finish": finish(entry),
        "bury": [entry, 0, "", "", 0, "", "why", 0],
        "fail": [entry, 0, 1, "Bug", "why"],
        "admit": admit(entry, "t"),
    }
    assert await desk.commit(function, topic, items[function], consumer="b") == ["FENCED"]
    assert await desk.pending(topic, PAIRS[topic]) == [entry]
    assert await desk.data("dead") == await desk.data("outbox") == []


async def test_one_bad_item_of_a_hundred_harms_nobody(desk: Desk) -> None:
    for _ in range(100):
        await desk.put("think")
    entries = await desk.read("think")
    items = [hop(entry, sent=(("respond", f"r{n}"),)) for n, entry in enumerate(entries)]
    items[41] = hop(entries[41], sent=(("respond", "x" * 20_000),))
    answers = await desk.commit("hop", "think", *items)
    assert answers.pop(41).startswith("ERR a message for respond is larger than 16384 bytes")
    assert answers == ["OK 0"] * 99
    assert await desk.data("respond") == [f"r{n}" for n in range(100) if n != 41]
    assert await desk.pending("think", "think") == [entries[41]]


@pytest.mark.parametrize(
    ("key", "spoiled"),
    [
        (keys.topic("respond"), "a topic that is no stream"),
        (keys.turn("bad"), "a record that is no list"),
        (keys.turn_open("bad"), "open calls that are no set"),
    ],
)
async def test_a_key_of_the_wrong_kind_harms_nobody_else(
    desk: Desk, key: str, spoiled: str
) -> None:
    await desk.tester.delete(key)
    await desk.tester.zadd(keys.TURNS, {"bad": 1, "good": 1})
    for _ in range(3):
        await desk.put("tool")
    first, bad, last = await desk.read("tool")
    await desk.tester.sadd(keys.turn_open("good"), "c0", "c2")
    await desk.tester.hset(key, "not", spoiled)
    answers = await desk.commit(
        "settle",
        "tool",
        settle(first, "c0", turn="good", facts=("1",)),
        settle(bad, "c1", turn="bad", facts=("f",), sent=(("respond", "x"),)),
        settle(last, "c2", turn="good", facts=("2",), sent=THINK),
    )
    assert [answers[0], answers[2]] == ["OK 1", "OK 2"]
    assert answers[1].startswith(("ERR", "LATE"))
    assert await desk.data("think") == ["go on"]


async def test_the_same_token_gets_the_same_answers(desk: Desk) -> None:
    entry = await desk.begin()
    items = [hop(entry, "t", sent=THINK), hop("1-1", "t", sent=THINK)]
    first = await desk.commit("hop", "route", *items, token="once")
    assert first == ["OK 1", "FENCED"]
    assert await desk.commit("hop", "route", *items, token="once") == first
    assert len(await desk.data("think")) == 1


async def test_a_token_counts_for_its_owner_only(desk: Desk) -> None:
    entry = await desk.begin()
    await desk.commit("hop", "route", hop(entry, "t"), token="once")
    answers = await desk.commit("hop", "route", hop(entry, "t"), consumer="b", token="once")
    assert answers == ["FENCED"]
