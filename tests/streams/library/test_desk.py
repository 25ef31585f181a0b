"""What nobody could handle: counted, buried, filed once, and sent again."""

from __future__ import annotations

from typing import Any

import pytest

from streams import keys
from streams.store import connect, fcall
from tests.streams.library.desk import (
    THINK,
    Desk,
    admit,
    bury,
    file,
    finish,
    hop,
    opened,
    redriven,
    settle,
)


async def test_what_is_buried_is_told(desk: Desk) -> None:
    entry = await desk.begin()
    assert await desk.commit("bury", "route", bury(entry)) == ["OK 0"]
    assert await desk.entries("respond") == [{"data": "told", "n": "1"}]
    assert await desk.pending("route", "route", keys.BURIED) == [entry]
    assert await file(desk) == [("route", "route", entry, "start t")]
    assert await desk.entries("dead") == [{"data": "letter", "n": "1"}]
    assert await desk.pending("route", "route") == []
    assert await desk.tester.exists(keys.trouble("route", "route")) == 0


async def test_nobody_is_told_twice_about_a_turn_that_is_over(desk: Desk) -> None:
    entry = await desk.held("route")
    assert await desk.commit("bury", "route", bury(entry, "gone")) == ["OK 0"]
    assert len(await file(desk)) == 1
    assert await desk.data("respond") == []


async def test_a_turn_that_ends_at_the_desk_frees_its_session(desk: Desk) -> None:
    await desk.begin("t")
    waiting = await desk.held("inbox")
    assert await desk.commit("admit", "inbox", admit(waiting, "next")) == ["QUEUED 1"]
    entry = await desk.held("respond")
    item = bury(entry, ends=1, told="outbox")
    assert await desk.commit("bury", "respond", item) == ["OK 0"]
    assert await desk.data("outbox") == ["told"]
    assert (await desk.data("route"))[-1] == "start next"


async def test_what_is_buried_is_filed_once_and_nobody_takes_it_up(desk: Desk) -> None:
    """Not even who takes over all that is pending; and what is not buried is not filed."""
    entry, other = await desk.held("think"), await desk.held("think")
    assert await desk.commit("bury", "think", bury(entry, "")) == ["OK 0"]
    assert await desk.commit("hop", "think", hop(entry)) == ["FENCED"]
    await desk.age("think", entry, keys.BURIED)
    for source in ("*", "+", ""):
        taken = await desk.reclaim("think", "b", "30000" if not source else "", source=source)
        assert entry not in dict(taken)
    assert other in dict(taken) or await desk.pending("think", "think", "b") == [other]
    words = ("think", "think", entry, "", "letter")
    assert await fcall(desk.redis, "file", 2, *words, *words) == 1
    assert await fcall(desk.redis, "file", 1, "think", "think", other, "", "forged") == 0
    assert await desk.data("dead") == ["letter"]
    assert await desk.pending("think", "think") == [other]


async def test_what_waits_for_the_clerk_holds_up_nobody(desk: Desk) -> None:
    """However much was given up before it, the next message of the inbox is admitted."""
    await desk.lead()
    for _ in range(250):
        await desk.put("inbox")
    entries = await desk.read("inbox", count=300)
    await desk.commit("bury", "inbox", *[bury(entry, "") for entry in entries[:-1]])
    assert await desk.commit("admit", "inbox", admit(entries[-1], "t")) == ["OK 1"]
    taken = await desk.reclaim("inbox", "b", most=1, source="*")
    assert taken == []
    last = await desk.held("inbox")
    assert [one for one, _ in await desk.reclaim("inbox", "b", most=1, source="*")] == [last]


async def test_failures_are_counted_with_the_entry(desk: Desk) -> None:
    entry = await desk.begin()
    for n in range(1, 4):
        answers = await desk.commit("fail", "route", [entry, 0, n, "Bug", f"why {n}"])
        assert answers == [f"OK {n}"]
    await desk.release("route", "a")
    _, _, rows = await fcall(desk.redis, "reclaim", "b", "", "", "", 1, "route", "route", 10, "")
    assert b'"why 3"' in rows[0][3]
    assert await desk.commit("hop", "route", hop(entry, "t", generation=2), consumer="b") == [
        "OK 1"
    ]
    assert await desk.tester.exists(keys.trouble("route", "route")) == 0


async def test_a_redrive_goes_back_once(desk: Desk) -> None:
    await desk.tester.rpush(keys.turn("t"), "asked")
    letter = await desk.put("dead", "letter")
    arguments = redriven(letter, "tool", "call", turn="t", length=1, called="c0")
    owner = connect(desk.servers.durable_url("desk"))
    assert await fcall(owner, "redrive", *arguments) == b"OK"
    assert await fcall(owner, "redrive", *arguments) == b"GONE"
    await owner.aclose()
    assert await desk.entries("tool") == [{"data": "call", "n": "2"}]
    call = (await desk.read("tool"))[0]
    item = settle(call, "c0", facts=("o",), sent=THINK)
    assert await desk.commit("settle", "tool", item) == ["OK 3"]
    assert await desk.data("think") == ["go on"]


async def test_a_redrive_does_not_meddle_with_what_runs_or_grew(desk: Desk) -> None:
    await desk.begin()
    letter = await desk.put("dead", "letter")
    arguments = redriven(letter, "think", "step", turn="t", length=1)
    owner = connect(desk.servers.durable_url("desk"))
    assert await fcall(owner, "redrive", *arguments) == b"RUNNING"
    entry = await desk.held("respond")
    await desk.commit("finish", "respond", finish(entry))
    assert await fcall(owner, "redrive", *arguments) == b"CHANGED"
    assert await desk.data("think") == []
    assert await desk.tester.ttl(keys.turn("t")) > 0
    arguments = redriven(letter, "think", "step", turn="t", length=2)
    assert await fcall(owner, "redrive", *arguments) == b"OK"
    assert await desk.tester.ttl(keys.turn("t")) == -1, "it does not vanish while it runs"
    await owner.aclose()
    assert await desk.entries("think") == [{"data": "step", "n": "3"}]
    assert await desk.record() == ["asked t", "said t", "sent on"]


async def test_a_turn_that_is_sent_on_is_remembered_once_and_in_its_place(desk: Desk) -> None:
    """Else its conversation would show it twice, and lose it when it forgets the first."""
    owner = connect(desk.servers.durable_url("desk"))
    for turn in ("t", "u"):
        await desk.begin(turn)
        await desk.commit("finish", "respond", finish(await desk.held("respond"), turn))
    letter = await desk.put("dead", "letter")
    arguments = redriven(letter, "think", "step", turn="t", length=2)
    assert await fcall(owner, "redrive", *arguments) == b"OK"
    await owner.aclose()
    assert await desk.commit("finish", "respond", finish(await desk.held("respond"))) == ["OK 4"]
    assert await desk.tester.lrange(keys.session_turns("s"), 0, -1) == [b"t", b"u"]


async def test_who_is_sent_on_takes_no_running_turn_its_place(desk: Desk) -> None:
    await desk.begin("t")
    await desk.commit("finish", "respond", finish(await desk.held("respond"), "t"))
    await desk.begin("u")
    letter = await desk.put("dead", "letter")
    owner = connect(desk.servers.durable_url("desk"))
    arguments = redriven(letter, "think", "step", turn="t", length=2)
    assert await fcall(owner, "redrive", *arguments) == b"OK"
    await owner.aclose()
    assert await desk.commit("finish", "respond", finish(await desk.held("respond"))) == ["OK 4"]
    assert await desk.tester.hget(keys.BUSY, "s") == b"u"


@pytest.mark.parametrize("first", ["the clerk", "the turn's end"])
async def test_a_record_lives_as_long_as_a_letter_of_its_turn(desk: Desk, first: str) -> None:
    """However long that is, and though its session remembers others by now."""
    known = (keys.turn("t"), keys.ledger("t"))

    async def lives() -> list[int]:
        return [await desk.tester.ttl(key) for key in known]

    entry = await desk.begin()
    await desk.tester.hset(keys.ledger("t"), "c0", '{"s": "done", "n": 1}')
    await desk.commit("bury", "route", bury(entry))
    if first == "the clerk":
        await file(desk)
    await desk.commit("finish", "respond", finish((await desk.read("respond"))[0]))
    if first != "the clerk":
        await file(desk)
    assert await lives() == [-1, -1]
    await desk.tester.rpush(keys.PAST, "t 1")
    await fcall(desk.redis, "trim", "respond")
    assert await fcall(desk.redis, "outlive", 0, 100) == 0
    assert await lives() == [-1, -1]
    await desk.tester.xtrim(keys.topic("dead"), maxlen=0)
    assert await fcall(desk.redis, "outlive", 0, 100) == 0
    assert all(0 < life <= 604_800 for life in await lives())
    assert await desk.tester.exists(keys.LETTERS, keys.PAST) == 0


async def test_a_record_lives_until_the_last_letter_is_gone(desk: Desk) -> None:
    """Sent on with one of two, its turn runs and ends again, and the other still needs it."""
    calls = await opened(desk, 2)
    for one in calls:
        await desk.commit("bury", "tool", bury(one))
    await desk.commit("finish", "respond", finish((await desk.read("respond"))[0]))
    await file(desk)
    letters: Any = await desk.tester.xrange(keys.topic("dead"))
    owner = connect(desk.servers.durable_url("desk"))
    for n, (letter, _) in enumerate(letters):
        length = len(await desk.record())
        again = redriven(letter.decode(), "tool", "call", turn="t", length=length, called=f"c{n}")
        assert await fcall(owner, "redrive", *again) == b"OK"
        assert await fcall(desk.redis, "outlive", 0, 100) == 0
        assert await desk.tester.ttl(keys.turn("t")) == -1, "it runs"
        await desk.commit("finish", "respond", finish(await desk.held("respond")))
        lives = await desk.tester.ttl(keys.turn("t"))
        assert lives == -1 if n == 0 else lives > 0
    await owner.aclose()
    assert await desk.tester.exists(keys.LETTERS) == 0


async def test_what_was_done_is_known_as_long_as_a_letter_can_be_sent_again(desk: Desk) -> None:
    """Else an effect would begin a second time under a record that does not know of it."""
    await desk.begin()
    ledger, life = keys.ledger("t"), [keys.turn("t"), keys.ledger("t")]
    await desk.tester.hset(ledger, "c0", '{"s": "started", "n": 1, "k": "plain"}')
    await desk.tester.expire(ledger, 10)
    await desk.commit("finish", "respond", finish(await desk.held("respond")))
    assert [await desk.tester.ttl(key) > 1_000 for key in life] == [True, True]
    await desk.tester.expire(ledger, 10)
    letter = await desk.put("dead", "letter")
    owner = connect(desk.servers.durable_url("desk"))
    arguments = redriven(letter, "tool", "call", turn="t", length=2, called="c0")
    assert await fcall(owner, "redrive", *arguments) == b"OK"
    await owner.aclose()
    assert [await desk.tester.ttl(key) for key in life] == [-1, -1]
    (call,) = await desk.read("tool")
    started = ("tool", "tool", "a", call, 0, "t", "c0", "plain", "token", "")
    assert (await fcall(desk.redis, "effect_start", *started))[0] == b"UNKNOWN"
