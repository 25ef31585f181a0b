"""A call waits for a person, is asked about once, and nobody holds it."""

from __future__ import annotations

import json
from typing import Any

from streams import keys
from tests.streams.approvals.room import Room, ask, token


async def test_a_call_waits_and_nobody_holds_it(room: Room) -> None:
    assert await room.ask() == "ASKED"
    assert room.calls[0] not in await room.pending("tool", "tool")
    assert await room.cards() == [("a1", "pending")]
    assert (await room.record())[-1] == "proposed a1"
    assert await room.data("think") == [] == await room.went_on()
    ledger: Any = await room.tester.hget(keys.ledger("t"), "c1")
    assert json.loads(ledger) == {"n": 0, "s": "awaiting", "a": "a1"}


async def test_the_same_call_is_asked_about_once(room: Room) -> None:
    """Its entry was pending again, because its group was lost or the answer was."""
    assert await room.ask() == "ASKED"
    for asking in ("a1", "a9"):
        again = await room.held("tool")
        assert (await room.commit("ask", "tool", ask(again, "c1", asking)))[0] == "SAME"
    assert await room.cards() == [("a1", "pending")]
    assert await room.state("a9") == ""


async def test_only_the_owner_of_the_entry_asks(room: Room) -> None:
    (answer,) = await room.commit("ask", "tool", ask(room.calls[0]), consumer="b")
    assert answer == "FENCED"
    assert await room.cards() == []


async def test_a_sixth_question_is_not_asked_and_the_model_is_told(room: Room) -> None:
    assert [await room.ask(n) for n in range(1, 8)] == ["ASKED"] * 5 + ["OK"] * 2
    assert (await room.record())[-2:] == ["too many c6", "too many c7"]
    still_open = await room.tester.smembers(keys.turn_open("t"))
    assert still_open == {f"c{n}".encode() for n in range(1, 6)}
    assert await room.press("a1", pressed=token("home:terminal")) == "DECIDED"
    assert await room.tester.scard(keys.SESSION + "s" + keys.ASKS) == 4


async def test_whoever_is_asked_all_the_time_is_asked_no_more(room: Room) -> None:
    more: dict[str, Any] = {"most": 100, "often": 3}
    assert [await room.ask(n, **more) for n in range(1, 5)] == ["ASKED"] * 3 + ["OK"]
    assert (await room.record())[-1] == "too many c4"
    assert await room.ask(5, people=("bob", "owner"), **more) == "ASKED", "he was not"
    # Ten minutes later there is room again; the way the clock is moved does not matter.
    assert await room.expire(0) == 0
    assert await room.expire(600_001) == 0
    assert await room.ask(6, **more) == "ASKED"


async def test_so_many_refusals_are_an_answer(room: Room) -> None:
    for number in range(1, 7):
        assert await room.ask(number) == "ASKED"
        pressed = token("home:terminal", f"a{number}")
        assert await room.press(f"a{number}", "denied", pressed=pressed) == "DECIDED"
    assert await room.ask(7) == "OK"
    assert (await room.record())[-1] == "too many c7"


async def test_silence_is_a_refusal_and_a_yes_is_none(room: Room) -> None:
    for number in range(1, 7):
        assert await room.ask(number, life=1, most=100) == "ASKED"
    assert await room.press("a1", pressed=token("home:terminal")) == "EXPIRED"
    assert await room.expire(2) == 5
    assert await room.ask(7) == "OK"


async def test_nobody_is_asked_about_a_turn_that_is_over(room: Room) -> None:
    await room.tester.zrem(keys.TURNS, "t")
    assert await room.ask() == "LATE"
    assert await room.cards() == []
