"""Hands: what is held runs once, is let go of once, and stops when its turn was told to."""

from __future__ import annotations

import asyncio

from streams.entry import Held
from streams.hands import Hands
from tests.stand import soon


def entry(name: str, turn: str = "", lane: str = "") -> Held:
    held = Held(name, {})
    held.lane, held.turn = lane or name, turn
    return held


async def test_what_comes_back_is_run_anew_and_its_first_run_ends() -> None:
    ended: list[Held] = []

    async def work(held: Held) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append(held)

    hands = Hands(work, batch=4)
    first, again = entry("1"), entry("1")
    hands.put(first)
    await asyncio.sleep(0)
    hands.put(again)
    await soon(lambda: ended == [first])
    assert first.lost
    assert hands.holds(again)
    assert not hands.holds(first)
    hands.drop(first)
    assert hands.held == [again], "the first run lets go of nothing but itself"
    assert hands.room == 7
    await hands.abandon()
    assert len(hands) == 0


async def test_a_stopped_turn_is_ended_now_and_when_more_of_it_arrives() -> None:
    stopped: list[str] = []

    async def work(held: Held) -> None:
        try:
            if not held.stopping:
                await asyncio.Event().wait()
        except asyncio.CancelledError:
            pass
        if held.stopping:
            stopped.append(held.id)
        hands.drop(held)

    hands = Hands(work, batch=4)
    for held in (entry("1", "t"), entry("2", "other")):
        hands.put(held)
    await asyncio.sleep(0)
    hands.stop_turn("t")
    hands.put(entry("3", "t"))
    await soon(lambda: stopped == ["1", "3"])
    assert [held.id for held in hands.held] == ["2"]
    assert not await hands.idle(0.01), "one is held still"
    await hands.abandon()


async def test_what_waits_for_what_is_away_takes_up_no_room() -> None:
    away, done = asyncio.Event(), list[str]()

    async def work(held: Held) -> None:
        if held.lane == "away" and not away.is_set():
            hands.wait(held)
            await away.wait()
        done.append(held.id)
        hands.drop(held)

    hands = Hands(work, batch=2, waits=4)
    for number in range(5):
        hands.put(entry(f"{number}", lane="away"))
    assert hands.room == 0
    async with asyncio.timeout(30):
        await hands.make_room()
    assert hands.room == 4
    assert hands.full("away")
    assert not hands.full("there")
    hands.put(entry("other", lane="there"))
    await soon(lambda: done == ["other"])
    away.set()
    assert await hands.idle(30)
    assert done == ["other", *map(str, range(5))], "in order"
    assert hands.room == 4
    assert not hands.full("away")


async def test_what_was_in_other_hands_before_takes_up_none_either() -> None:
    hands = Hands(lambda held: asyncio.sleep(60), batch=2, waits=4)
    for number in range(5):
        hands.put(entry(f"{number}", lane="away"), late=True)
    assert hands.room == 4
    hands.lose(hands.held[-1])
    assert (len(hands), hands.room) == (4, 4)
    await hands.abandon()


async def test_where_nothing_may_wait_so_all_that_is_held_takes_up_room() -> None:
    hands = Hands(lambda held: asyncio.sleep(60), batch=2)
    for number in range(3):
        held = entry(f"{number}", lane="away")
        hands.put(held, late=True)
        hands.wait(held)
    assert hands.room == 1
    assert not hands.full("away")
    await hands.abandon()
