"""Whose an entry is: beats, leases, releases, suspects, and who leads."""

from __future__ import annotations

import json

from schemas.base import new_id
from streams import keys
from streams.broker import ensure_group
from streams.recovery import COMPANY, LONER, release
from streams.store import fcall
from tests.streams.library.desk import (
    Desk,
    Item,
    admit,
    beat,
    hop,
)


async def test_a_beat_renews_what_is_owned_and_nothing_else(desk: Desk) -> None:
    mine, theirs = await desk.held("think", "a"), await desk.held("think", "b")
    for entry, owner in ((mine, "a"), (theirs, "b")):
        await desk.age("think", entry, owner)
    assert await beat(desk, "think", (mine, 0, ""), (theirs, 0, "")) == ["OK", "FENCED"]
    assert await desk.reclaim("think", "c", "30000") == [(theirs, "1")]


async def test_what_several_had_in_hand_is_theirs_in_a_group_that_was_lost(desk: Desk) -> None:
    """Nobody can tell what of the outbox is finished: each says it of what it has itself."""
    mine, theirs, done = [await desk.held("outbox", name) for name in "abc"]
    stream, parcel = keys.topic("outbox"), (("parcels", "parcel"),)
    assert await desk.commit("hop", "outbox", hop(done), consumer="c") == ["OK 0"]
    await desk.tester.xgroup_destroy(stream, "deliver")
    words = ("outbox", "deliver", "a", done, 1, mine, 0)
    assert await fcall(desk.redis, "regroup", *words) == [1, 2]
    assert await desk.pending("outbox", "deliver") == [mine]
    overtaken = hop(theirs, generation=7, sent=parcel)
    for item, answer in ((overtaken, "FENCED"), (hop(theirs, sent=parcel), "OK 0")):
        assert await desk.commit("hop", "outbox", item, consumer="b") == [answer]
    assert await desk.commit("hop", "outbox", hop(theirs), consumer="b") == ["FENCED"]
    assert await desk.data("parcels") == ["parcel"]
    assert await desk.tester.ttl(f"{keys.trouble('outbox', 'deliver')}{keys.LEFT}") > 0


async def test_a_command_that_waits_is_known_without_its_group(desk: Desk) -> None:
    waits, _ = [await desk.put("control", '{"person": "owner"}') for _ in range(2)]
    await desk.read("control")
    await desk.tester.zadd(keys.waiting("control", "owner"), {waits: 1})
    await desk.tester.xgroup_destroy(keys.topic("control"), "steer")
    assert await fcall(desk.redis, "regroup", "control", "steer", "a", "0-0", 0) == [1, 0]
    assert await desk.pending("control", "steer", keys.RELEASED) == [waits]


async def test_what_is_renewed_is_not_taken(desk: Desk) -> None:
    entry = await desk.held("think")
    assert await desk.reclaim("think", "b", "30000") == []
    await desk.age("think", entry, "a")
    assert await desk.reclaim("think", "b", "") == [], "no lease: only what was given back"
    assert await desk.reclaim("think", "b", "30000") == [(entry, "1")]
    assert await beat(desk, "think", (entry, 0, "")) == ["FENCED"]


async def test_after_a_standstill_of_redis_nothing_is_taken_by_the_lease(desk: Desk) -> None:
    """Its clock went on, or jumped: all seem silent, and the caller's own last round is old too."""
    entry = await desk.held("think")
    await desk.age("think", entry, "a")
    assert await desk.reclaim("think", "b", "30000", ago=16_000) == []
    never = ("b", "30000", "", "", 1, "think", "think", 100, "")
    assert (await fcall(desk.redis, "reclaim", *never))[2] == []
    assert await desk.reclaim("think", "b", "30000", ago=14_000) == [(entry, "1")]


async def test_what_a_dead_process_held_is_free_at_once(desk: Desk) -> None:
    entries = [await desk.held("think") for _ in range(3)]
    assert await desk.release("think", "a") == (3, 0)
    assert await desk.pending("think", "think", keys.RELEASED) == entries
    assert [entry for entry, _ in await desk.reclaim("think")] == entries
    assert b"a" not in [
        row["name"] for row in await desk.tester.xinfo_consumers(keys.topic("think"), "think")
    ]


async def test_more_than_fits_one_look_is_released_too(desk: Desk) -> None:
    for _ in range(1_200):
        await desk.put("think")
    await desk.read("think", count=2_000)
    assert await desk.release("think", "a") == (1_200, 0)
    assert len(await desk.pending("think", "think", keys.RELEASED)) == 1_200


async def test_who_was_running_in_two_crashes_is_a_suspect(desk: Desk) -> None:
    entry, innocent = await desk.held("think"), await desk.held("think")
    assert await desk.release("think", "a", entry) == (2, 0)
    taken = dict(await desk.reclaim("think", "b"))
    assert set(taken) == {entry, innocent}
    assert await desk.release("think", "b", entry) == (2, 1)
    assert await desk.pending("think", "think", keys.SUSPECTS) == [entry]
    assert [one for one, _ in await desk.reclaim("think", "c")] == [innocent]
    again = await desk.reclaim("think", "c", "0")
    assert [one for one, _ in again] == [innocent], "a suspect is nobody's by the lease"
    alone = await desk.reclaim("think", "solo", most=1, source=keys.SUSPECTS)
    assert [one for one, _ in alone] == [entry]


async def test_a_suspect_that_dies_again_is_told_from_those_that_have_not(desk: Desk) -> None:
    beside, poison = await desk.held("think"), await desk.held("think")
    for holder, taker in (("a", "b"), ("b", "c")):
        await desk.release("think", holder, beside, poison)
        await desk.reclaim("think", taker)
    company = await desk.reclaim("think", "solo", source=COMPANY)
    assert [one for one, _ in company] == [beside, poison]
    assert await desk.release("think", "solo", poison) == (2, 1)
    assert [one for one, _ in await desk.reclaim("think", "solo 2", source=COMPANY)] == [beside]
    assert await desk.reclaim("think", "solo 2", source=COMPANY) == []
    assert [one for one, _ in await desk.reclaim("think", "solo 2", source=LONER)] == [poison]


async def test_what_others_took_from_a_process_that_hangs_is_evidence_all_the_same(
    desk: Desk,
) -> None:
    """Two processes in turn hang over an entry; each has lost it by its lease when it is ended."""
    entry = await desk.held("think")
    for holder, taker in (("a", "b"), ("b", "c")):
        await desk.age("think", entry, holder)
        assert [one for one, _ in await desk.reclaim("think", taker, "30000")] == [entry]
        for _ in range(2):  # the second time because the first answer was lost
            assert await desk.release("think", holder, entry) == (0, 0)
    assert await desk.pending("think", "think", "c") == [entry], "its owner is left alone"
    await desk.age("think", entry, "c")
    assert await desk.reclaim("think", "d", "30000") == []
    assert await desk.pending("think", "think", keys.SUSPECTS) == [entry]


async def test_what_was_finished_elsewhere_meanwhile_accuses_nobody(desk: Desk) -> None:
    entry = await desk.held("think", "b")
    await desk.tester.xack(keys.topic("think"), "think", entry)
    assert await desk.release("think", "a", entry) == (0, 0)
    assert await desk.tester.exists(keys.TROUBLE + "think") == 0


async def test_a_suspect_whose_process_hangs_is_a_suspect_again(desk: Desk) -> None:
    entry = await desk.held("think")
    await desk.release("think", "a", entry)
    await desk.reclaim("think", "b")
    await desk.release("think", "b", entry)
    await desk.reclaim("think", "solo", most=1, source=keys.SUSPECTS)
    await desk.age("think", entry, "solo")
    assert await desk.reclaim("think", "c", "30000") == []
    assert await desk.pending("think", "think", keys.SUSPECTS) == [entry]


async def test_two_groups_on_one_topic_have_their_own_troubles(desk: Desk) -> None:
    """What went wrong for the one is nothing the other could be fenced or blamed for."""
    stream = keys.topic("events")
    for group in ("one", "two"):
        await ensure_group(desk.redis, stream, group)
    entry = await desk.put("events")
    for group in ("one", "two"):
        await desk.redis.xreadgroup(group, "a", {stream: ">"})
    assert await release(desk.redis, "a", [("events", "one")], [("events", entry)]) == (1, 0)
    item: Item = [entry, 0, "", 0, 0, 0, 0]
    answers = await fcall(desk.redis, "hop", "events", "two", "a", new_id(), 1, *item, key=stream)
    assert answers == [b"OK 0"]
    _, _, rows = await fcall(desk.redis, "reclaim", "b", "", "", "", 1, "events", "one", 10, "")
    assert json.loads(rows[0][3])["c"] == 1


async def test_a_reader_that_died_twice_without_running_it_accuses_nobody(desk: Desk) -> None:
    entry = await desk.held("think")
    for n in range(20):
        assert await desk.release("think", "a" if n == 0 else f"w{n}") == (1, 0)
        assert [one for one, _ in await desk.reclaim("think", f"w{n + 1}")] == [entry]


async def test_while_suspects_wait_only_the_solitary_reader_leads(desk: Desk) -> None:
    await desk.lead("a", life=60_000)
    entry = await desk.held("inbox", "a")
    await desk.release("inbox", "a", entry)
    await desk.lead("b", life=60_000)
    await desk.reclaim("inbox", "b")
    await desk.release("inbox", "b", entry)
    assert await desk.lead("c") == keys.SUSPECTS
    assert await desk.lead("solo", alone=1) == "solo"
    taken = dict(await desk.reclaim("inbox", "solo", most=1, source=keys.SUSPECTS))
    item = admit(entry, "t", generation=int(taken[entry]))
    assert await desk.commit("admit", "inbox", item, consumer="solo") == ["OK 1"]
    await fcall(desk.redis, "resign", "inbox", "solo")
    assert await desk.lead("c") == "c"


async def test_a_leader_steps_down_for_suspects(desk: Desk) -> None:
    assert await desk.lead("a", life=60_000) == "a"
    await desk.held("inbox", keys.SUSPECTS)
    assert await desk.lead("a") == keys.SUSPECTS
    assert await desk.tester.exists(keys.LEASE + "inbox") == 0


async def test_a_release_ends_the_lead(desk: Desk) -> None:
    await desk.lead("a", life=60_000)
    await desk.release("inbox", "a")
    assert await desk.lead("b") == "b"


async def test_a_release_knows_groups_that_are_gone(desk: Desk) -> None:
    entry = await desk.held("think")
    await desk.tester.delete(keys.topic("route"))
    freed = await release(desk.redis, "a", [("route", "route"), ("think", "think")], [])
    assert freed == (1, 0)
    assert await desk.pending("think", "think", keys.RELEASED) == [entry]
