"""Time, a stop, the turn's end and another history end a question."""

from __future__ import annotations

import asyncio
from typing import Any

from streams import keys
from streams.store import fcall
from tests.streams.approvals.room import PLACES, Room, token
from tests.streams.library.desk import Item, finish, settle


async def test_time_ends_it(room: Room) -> None:
    await room.ask(1, life=1)
    await room.ask(2)
    await asyncio.sleep(0.01)
    assert await room.expire() == 1
    assert await room.expire() == 0
    assert (await room.state("a1"), await room.state("a2")) == ("expired", "pending")
    assert await room.went_on() == ["a1"]
    assert await room.cards() == [("a1", "pending"), ("a2", "pending"), ("a1", "expired")]
    assert await room.press("a1", pressed=token("home:terminal")) == "EXPIRED"


async def test_who_presses_too_late_ends_it_too(room: Room) -> None:
    await room.ask(life=1)
    await asyncio.sleep(0.01)
    assert await room.press(pressed=token("home:terminal")) == "EXPIRED"
    assert await room.went_on() == ["a1"]
    assert (await room.facts())[0]["state"] == "expired"


async def test_a_clock_that_jumps_a_week_ends_it_as_time_does(room: Room) -> None:
    """What is known of it is not forgotten under it: the call goes on, and says why."""
    await room.ask()
    cards = [keys.card(place, "a1") for place in PLACES]
    known = (keys.approval("a1"), keys.session_asks("s"), keys.ledger("t"), *cards)
    assert {await room.tester.ttl(key) for key in known} == {-1}
    await room.turn_clock(7 * 86_400_000)
    assert await room.expire() == 1
    assert await room.state() == "expired"
    assert await room.went_on() == ["a1"]
    assert await room.tester.ttl(keys.approval("a1")) > 0
    assert await room.tester.exists(keys.session_asks("s"), *cards) == 0


async def test_a_clock_moved_back_an_hour_keeps_nothing_alive(room: Room) -> None:
    await room.expire()
    await room.ask(life=60_000)
    await room.turn_clock(-3_600_000)
    await room.expire(30_000)
    assert await room.state() == "pending"
    await room.turn_clock(-3_600_000)
    await room.expire(31_000)
    assert await room.state() == "expired"


async def test_a_clock_moved_back_lengthens_no_life_by_pressing(room: Room) -> None:
    """Time that a press has seen and time that the watch has seen are not added up."""
    await room.expire()
    await room.ask(life=60_000)
    for _ in range(20):
        await room.turn_clock(1_000)
        await room.press(person="mallory")
    await room.expire(20_000)
    assert await room.state() == "pending"
    kept: Any = await room.tester.hmget(keys.CLOCK, "count", "seen", "watched")
    count, seen, watched = map(int, kept)
    assert 19_000 <= count - seen <= 22_000
    assert watched == count


async def test_a_stop_voids_what_the_session_asks(room: Room) -> None:
    await room.ask(1)
    await room.ask(2)
    entry = await room.held("control")
    item: Item = [entry, 0, "t", 0, 1, "respond", "stopped", ""]
    assert await room.commit("halt", "control", item) == ["OK 0"]
    assert await room.went_on() == ["a1", "a2"]
    assert await room.press(pressed=token("home:terminal")) == "VOID"
    # The calls' next commit ends the turn: nothing else would.
    rest = [settle(one, f"c{n}") for n, one in enumerate(room.calls[2:], 3)]
    await room.commit("settle", "tool", *rest)
    assert await room.data("respond") == []
    for n, one in enumerate(await room.read("tool"), 1):
        await room.commit("settle", "tool", settle(one, f"c{n}", sent=(("think", "on"),)))
    assert await room.data("respond") == ["stopped"]
    assert await room.data("think") == []


async def test_nothing_is_asked_in_a_turn_that_was_told_to_stop(room: Room) -> None:
    entry = await room.held("control")
    item: Item = [entry, 0, "t", 0, 1, "respond", "stopped", ""]
    await room.commit("halt", "control", item)
    assert await room.ask() == "OK"
    assert await room.cards() == []
    assert "too many c1" not in await room.record()


async def test_a_turn_that_ends_asks_nobody_any_more(room: Room) -> None:
    await room.ask()
    entry = await room.held("respond")
    assert (await room.commit("finish", "respond", finish(entry)))[0].startswith("OK")
    assert await room.state() == "void"
    assert await room.cards() == [("a1", "pending"), ("a1", "void")]
    assert await room.went_on() == [], "its turn is over"


async def test_a_turn_that_waits_for_a_person_is_not_lost(room: Room) -> None:
    await room.ask()
    found = await fcall(room.redis, "mend", "s", "t", "answer", "event")
    assert found == b"FINE"
    assert await room.data("respond") == []


async def test_an_approval_of_another_history_is_void(room: Room) -> None:
    await room.ask()
    await room.tester.set(keys.EPOCH, "1")
    assert await room.press(pressed=token("home:terminal")) == "VOID"
    assert await room.went_on() == []
