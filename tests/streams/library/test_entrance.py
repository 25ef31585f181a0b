"""The way in: what is accepted, told, commanded and admitted, and how much of it."""

from __future__ import annotations

import asyncio

import pytest
from redis.exceptions import ResponseError

from streams import keys
from streams.store import Argument, fcall
from tests.streams.library.desk import (
    Desk,
    Item,
    accept,
    admit,
    command,
    finish,
    happened,
    hop,
)


async def test_a_hundred_at_once_are_accepted_once(desk: Desk) -> None:
    found = await asyncio.gather(
        *(fcall(desk.redis, "accept", *accept("k", f"id{n}")) for n in range(100))
    )
    verdicts = sorted(verdict.decode() for verdict, _ in found)
    assert verdicts == ["OK"] + ["SAME"] * 99
    assert len({name for _, name in found}) == 1
    assert len(await desk.entries("inbox")) == 1


async def test_another_body_under_the_same_key_is_a_conflict(desk: Desk) -> None:
    await fcall(desk.redis, "accept", *accept("k", "first"))
    found = await fcall(desk.redis, "accept", *accept("k", "second", "other"))
    assert found == [b"CONFLICT", b"first"]
    assert len(await desk.entries("inbox")) == 1


async def test_the_same_key_of_another_gateway_is_another_message(desk: Desk) -> None:
    arguments = accept("k", "first")
    await fcall(desk.redis, "accept", *arguments)
    arguments[0] = "telegram"
    assert (await fcall(desk.redis, "accept", *arguments))[0] == b"OK"


async def test_a_full_backlog_is_refused_and_opens_again(desk: Desk) -> None:
    for n in range(6):
        assert (
            await fcall(desk.redis, "accept", *accept(f"{n}", f"{n}", session=f"{n}", backlog=5))
        )[0] == b"OK"
    assert await fcall(desk.redis, "accept", *accept("x", "x", backlog=5)) == [b"FULL", b"6"]
    await desk.lead()
    for entry in await desk.read("inbox"):
        await desk.commit("admit", "inbox", admit(entry, entry, entry))
    assert (await fcall(desk.redis, "accept", *accept("x", "x", backlog=5)))[0] == b"OK"


async def test_nothing_is_accepted_before_the_groups_exist(desk: Desk) -> None:
    await desk.tester.delete(keys.topic("inbox"))
    assert await fcall(desk.redis, "accept", *accept("k", "i")) == [b"CLOSED", b""]


async def test_a_session_runs_one_turn_and_the_rest_waits_in_order(desk: Desk) -> None:
    await desk.lead()
    for _ in range(4):
        await desk.put("inbox")
    items = [admit(entry, f"t{n}") for n, entry in enumerate(await desk.read("inbox"))]
    assert await desk.commit("admit", "inbox", *items) == [
        "OK 1", "QUEUED 1", "QUEUED 2", "QUEUED 3",
    ]  # fmt: skip
    for n in range(4):
        assert await desk.data("route") == [f"start t{i}" for i in range(n + 1)]
        assert await desk.record(f"t{n}") == [f"asked t{n}"]
        entry = await desk.held("respond")
        assert await desk.commit("finish", "respond", finish(entry, f"t{n}")) == ["OK 2"]
    assert await desk.data("outbox") == [f"reply t{n}" for n in range(4)]
    assert await desk.tester.hget(keys.BUSY, "s") is None
    assert await desk.tester.zcard(keys.TURNS) == 0


async def test_sessions_do_not_wait_for_each_other(desk: Desk) -> None:
    await desk.lead()
    for _ in range(3):
        await desk.put("inbox")
    items = [admit(entry, f"t{n}", f"s{n}") for n, entry in enumerate(await desk.read("inbox"))]
    assert await desk.commit("admit", "inbox", *items) == ["OK 1"] * 3
    assert len(await desk.data("route")) == 3


async def test_a_full_mailbox_takes_no_more(desk: Desk) -> None:
    await desk.lead()
    for _ in range(4):
        await desk.put("inbox")
    entries = await desk.read("inbox")
    items = [admit(entry, f"t{n}", room=2) for n, entry in enumerate(entries)]
    assert await desk.commit("admit", "inbox", *items) == ["OK 1", "QUEUED 1", "QUEUED 2", "FULL"]
    assert await desk.pending("inbox", "admit") == entries[3:]
    found = await fcall(desk.redis, "accept", *accept("k", "i", room=2))
    assert found == [b"BUSY", b"2"]
    # A stop and a question for the state wait in no line, so a full one keeps none of them out.
    assert await fcall(desk.redis, "command", *command("stop")) == [b"OK", b"stop"]


async def test_what_is_still_on_its_way_to_the_mailbox_counts(desk: Desk) -> None:
    """A burst comes in faster than it is admitted; the bound of the session holds all the same."""

    async def knock(key: str) -> list[bytes]:
        found: list[bytes] = await fcall(desk.redis, "accept", *accept(key, key, room=3))
        return found

    assert [(await knock(f"{n}"))[0] for n in range(4)] == [b"OK"] * 3 + [b"BUSY"]
    assert (await knock("1"))[0] == b"SAME", "a repeat is not turned away"
    assert (await fcall(desk.redis, "accept", *accept("o", "o", session="o", room=3)))[0] == b"OK"
    await desk.lead()
    one, two, three, _ = await desk.read("inbox")
    assert await desk.commit("admit", "inbox", admit(one, "t1")) == ["OK 1"]
    assert await desk.commit("admit", "inbox", admit(two, "t2")) == ["QUEUED 1"]
    # One runs, one is in the mailbox, one on its way: there is room for one.
    assert [(await knock(f"later {n}"))[0] for n in range(2)] == [b"OK", b"BUSY"]
    bury_it: Item = [three, 0, "", "s", 0, "s", "why", 0]
    assert await desk.commit("bury", "inbox", bury_it) == ["OK 0"]
    assert (await knock("last"))[0] == b"OK", "what is given up waits no more"
    assert await knock("no room") == [b"BUSY", b"3"]


async def test_what_was_never_accepted_counts_nowhere(desk: Desk) -> None:
    """Plain entries, and the same commit once more, take nothing from anybody's count."""
    await desk.lead()
    await desk.put("inbox")
    await fcall(desk.redis, "accept", *accept("k", "k"))
    plain, accepted = await desk.read("inbox")
    counted = keys.waiting("inbox", "s")
    assert await desk.commit("admit", "inbox", admit(plain, "t1")) == ["OK 1"]
    assert await desk.tester.zcard(counted) == 1
    for _ in range(2):
        await desk.commit("admit", "inbox", admit(accepted, "t2"), token="once")
    assert await desk.tester.exists(counted) == 0, "nothing is left where nothing waits"


async def test_what_was_removed_by_hand_is_not_counted_for_ever(desk: Desk) -> None:
    for n in range(3):
        await fcall(desk.redis, "accept", *accept(f"{n}", f"{n}", room=3))
    assert (await fcall(desk.redis, "accept", *accept("x", "x", room=3)))[0] == b"BUSY"
    await desk.tester.xtrim(keys.topic("inbox"), maxlen=0)
    assert 0 < await desk.tester.ttl(keys.waiting("inbox", "s")) <= 60
    await asyncio.sleep(0.002)  # entries of one millisecond are told apart no further
    await desk.put("inbox")
    await desk.read("inbox")
    assert (await fcall(desk.redis, "accept", *accept("x", "x", room=3)))[0] == b"OK"


async def test_what_was_never_said_keeps_nobody_out(desk: Desk) -> None:
    """A gateway that was taken over may count; what it makes up is forgotten by itself."""
    await desk.tester.zadd(keys.waiting("inbox", "s"), {f"{n}": 1 << 50 for n in range(9)})
    assert (await fcall(desk.redis, "accept", *accept("k", "k", room=3)))[0] == b"OK"
    assert await desk.tester.zcard(keys.waiting("inbox", "s")) == 1


async def test_a_clock_that_is_moved_back_makes_no_room(desk: Desk) -> None:
    """What comes in then bears the time of what came before: it is later than the clock tells."""
    seconds, _ = await desk.tester.time()
    await desk.tester.xadd(keys.topic("inbox"), {"data": "{}"}, id=f"{seconds + 3_600}000-0")
    await desk.read("inbox")
    answers = [await fcall(desk.redis, "accept", *accept(f"{n}", f"{n}", room=2)) for n in range(4)]
    assert [one[0] for one in answers] == [b"OK", b"OK", b"BUSY", b"BUSY"]


async def test_commands_have_bounds_of_their_own(desk: Desk) -> None:
    """Their sender cannot choose them, for memory that is full does not stop them."""

    async def send(*words: Argument) -> list[bytes]:
        found: list[bytes] = await fcall(desk.redis, "command", *words)
        return found

    with pytest.raises(ResponseError, match="a command is larger than 4096 bytes"):
        await send(*command("large", size=4_097))
    with pytest.raises(ResponseError, match="a command is larger"):
        await send(*command("k" * 1_024))
    assert {(await send(*command(f"{n}")))[0] for n in range(16)} == {b"OK"}
    assert await send(*command("16")) == [b"BUSY", b"16"]
    assert await send(*command("3")) == [b"SAME", b"stop"]
    others = [(await send(*command(f"p{n}", person=f"p{n}")))[0] for n in range(241)]
    assert others == [b"OK"] * 240 + [b"FULL"]
    first = (await desk.read("control", count=1))[0]
    halted = [*hop(first, "gone")[:-2], "owner"]
    assert await desk.commit("halt", "control", halted) == ["OK 0"]
    assert await send(*command("again")) == [b"OK", b"stop"]
    assert await send(*command("and again")) == [b"BUSY", b"16"]


async def test_what_came_twice_by_plain_xadd_is_admitted_once(desk: Desk) -> None:
    await desk.lead()
    for _ in range(2):
        await desk.put("inbox")
    items = [
        admit(entry, f"t{n}", f"s{n}", once="producer:x")
        for n, entry in enumerate(await desk.read("inbox"))
    ]
    assert await desk.commit("admit", "inbox", *items) == ["OK 1", "SAME"]
    assert await desk.data("route") == ["start t0"]
    assert await desk.pending("inbox", "admit") == []


async def test_only_the_leader_admits(desk: Desk) -> None:
    assert await desk.lead("a", life=60_000) == "a"
    assert await desk.lead("b") == "a"
    entry = await desk.held("inbox", "b")
    assert await desk.commit("admit", "inbox", admit(entry, "t"), consumer="b") == ["FENCED"]
    await fcall(desk.redis, "resign", "inbox", "b")
    assert await desk.lead("b") == "a", "nobody gives back what another holds"
    await fcall(desk.redis, "resign", "inbox", "a")
    assert await desk.lead("b") == "b"
    assert await desk.commit("admit", "inbox", admit(entry, "t"), consumer="b") == ["OK 1"]


@pytest.mark.parametrize("session", ["s:turns", "s:mailbox", "s:open"])
async def test_no_name_of_a_session_or_turn_reaches_into_another(desk: Desk, session: str) -> None:
    """Names come from outside, and may hold a colon."""
    await desk.lead()
    for _ in range(3):
        await desk.put("inbox")
    one, two, three = await desk.read("inbox")
    answers = await desk.commit(
        "admit", "inbox", admit(one, "s"), admit(two, session, session), admit(three, "u")
    )
    assert answers == ["OK 1", "OK 1", "QUEUED 1"]
    entry = await desk.held("respond")
    assert await desk.commit("finish", "respond", finish(entry, session, session)) == ["OK 2"]
    entry = await desk.held("respond")
    assert await desk.commit("finish", "respond", finish(entry, "s")) == ["OK 2"]
    assert await desk.data("route") == ["start s", f"start {session}", "start u"]


async def test_what_happened_is_told_once_and_another_body_is_a_conflict(desk: Desk) -> None:
    assert await fcall(desk.redis, "tell", *happened("k", "a")) == [b"OK", b"a"]
    assert await fcall(desk.redis, "tell", *happened("k", "b")) == [b"SAME", b"a"]
    assert await fcall(desk.redis, "tell", *happened("k", "b", "other")) == [b"CONFLICT", b"a"]
    assert len(await desk.entries("events")) == 1


async def test_nothing_is_told_while_the_doors_are_closed(desk: Desk) -> None:
    await desk.redis.set(keys.CLOSED, "The disk is full.")
    found = await fcall(desk.redis, "tell", *happened("k", "a"))
    assert found == [b"CLOSED", b"The disk is full."]
    assert await desk.entries("events") == []
