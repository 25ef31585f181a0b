"""One decision counts, by whom and with what it takes; by a button or a keyword."""

from __future__ import annotations

import asyncio

import pytest

from schemas.base import new_id
from streams import keys
from streams.store import fcall
from tests.streams.approvals.room import AWAY, PLACES, Room, code, token


@pytest.mark.parametrize("verdict", ["approved", "denied"])
async def test_a_decision_lets_the_call_go_on(room: Room, verdict: str) -> None:
    await room.ask()
    assert await room.press(verdict=verdict, pressed=token("home:terminal")) == "DECIDED"
    assert await room.went_on() == ["a1"]
    assert await room.cards() == [("a1", "pending"), ("a1", verdict)]
    (fact,) = await room.facts()
    assert (fact["state"], fact["by"], fact["channel"]) == (verdict, "owner", "terminal")
    assert (await room.entries("tool"))[-1]["n"] == str(len(await room.record()))
    for place in PLACES:
        assert not await room.tester.exists(keys.card(place, "a1"))
    assert await room.tester.hlen(keys.CODES) == await room.tester.zcard(keys.APPROVALS) == 0


async def test_of_many_who_press_at_once_one_decides(room: Room) -> None:
    await room.ask()
    presses = [
        ("approved", PLACES[n % 3]) if n % 2 else ("denied", PLACES[n % 3]) for n in range(30)
    ]
    entries = [await room.held("control") for _ in presses]

    async def press(entry: str, verdict: str, place: str) -> str:
        found = await fcall(
            room.redis, "decide", *("control", "steer", "a", entry, 0, new_id(), "a1", verdict),
            *("owner", place, "s", place, 0, token(place), ""), key=keys.topic("control"),
        )  # fmt: skip
        return str(found[0].decode())

    pairs = zip(entries, presses, strict=True)
    found = await asyncio.gather(*(press(entry, *one) for entry, one in pairs))
    assert found.count("DECIDED") == 1
    assert set(found) == {"DECIDED", (await room.state()).upper()}
    assert len(await room.went_on()) == len(await room.facts()) == 1


async def test_the_same_press_twice_is_one(room: Room) -> None:
    """The answer was lost with the process that asked; or a button was tapped twice."""
    await room.ask()
    here = token("home:terminal")
    assert await room.press(pressed=here, decision="d1") == "DECIDED"
    assert await room.press(pressed=here, decision="d1") == "DECIDED"
    assert await room.press(pressed=here, decision="d2") == "APPROVED"
    assert room.by == "owner"
    assert await room.went_on() == ["a1"]


async def test_a_wrong_press_seen_again_is_one_try(room: Room) -> None:
    await room.ask()
    for _ in range(5):
        assert await room.press(typed="NONSENSE", decision="d1") == "WRONG"
    assert await room.state() == "pending"


@pytest.mark.parametrize(
    ("place", "pressed", "typed", "answer"),
    [
        ("home:terminal", token("home:terminal"), "", "DECIDED"),
        ("home:terminal", "", code("home:terminal"), "DECIDED"),
        (AWAY, token(AWAY), "", "DECIDED"),
        (AWAY, "", code("home:web"), "DECIDED"),
        # Another place's button, another request's, none at all.
        (AWAY, token("home:web"), "", "WRONG"),
        (AWAY, token(AWAY, "a2"), "", "WRONG"),
        (AWAY, "", code(AWAY, "a2"), "WRONG"),
        (AWAY, "", "", "WRONG"),
        ("away:another", token(AWAY), "", "WRONG"),
    ],
)
async def test_what_counts_for_orange(
    room: Room, place: str, pressed: str, typed: str, answer: str
) -> None:
    await room.ask(1)
    await room.ask(2)
    assert await room.press(place=place, pressed=pressed, typed=typed) == answer
    assert await room.went_on() == (["a1"] if answer == "DECIDED" else [])


@pytest.mark.parametrize(
    ("place", "pressed", "typed", "second", "answer"),
    [
        ("home:web", token("home:web"), "", 1, "DECIDED"),
        ("home:web", "", code("home:terminal"), 0, "DECIDED"),
        (AWAY, token(AWAY), code("home:terminal"), 0, "DECIDED"),
        # A button alone, the own card's code, a second factor without the card.
        ("home:web", token("home:web"), "", 0, "STEP_UP"),
        (AWAY, token(AWAY), "", 0, "STEP_UP"),
        (AWAY, token(AWAY), code(AWAY), 0, "WRONG"),
        ("home:terminal", "", code("home:terminal"), 0, "WRONG"),
        ("home:web", token(AWAY), "", 1, "WRONG"),
        ("home:web", "", "", 1, "WRONG"),
    ],
)
async def test_what_counts_for_red(
    room: Room, place: str, pressed: str, typed: str, second: int, answer: str
) -> None:
    await room.ask(tier="RED")
    found = await room.press(place=place, pressed=pressed, typed=typed, second=second)
    assert found == answer
    assert await room.went_on() == (["a1"] if answer == "DECIDED" else [])


async def test_to_say_no_takes_no_step_up(room: Room) -> None:
    await room.ask(tier="RED")
    assert await room.press(verdict="denied", place=AWAY, pressed=token(AWAY)) == "DECIDED"
    assert await room.state() == "denied"


async def test_another_person_decides_nothing_and_spends_no_try(room: Room) -> None:
    await room.ask()
    for _ in range(5):
        found = await room.press(person="mallory", place=AWAY, pressed=token(AWAY))
        assert found == "FORBIDDEN"
    assert await room.press(person="anna", place=AWAY, pressed=token(AWAY)) == "DECIDED"


async def test_three_bad_tries_void_it(room: Room) -> None:
    await room.ask()
    found = [await room.press(typed="NONSENSE") for _ in range(3)]
    assert found == ["WRONG", "WRONG", "SPENT"]
    assert await room.press(pressed=token("home:terminal")) == "VOID"
    assert await room.went_on() == ["a1"], "the model is told"
    assert (await room.facts())[0]["state"] == "void"


async def test_a_code_alone_says_which_is_meant(room: Room) -> None:
    await room.ask(1)
    await room.ask(2)
    assert await room.press("", typed=code(AWAY, "a2"), place=AWAY) == "DECIDED"
    assert await room.went_on() == ["a2"]


async def test_a_keyword_without_code_decides_nothing(room: Room) -> None:
    await room.ask(1)
    assert await room.press("") == "NOTHING"
    assert room.number == 1
    await room.ask(2)
    assert await room.press("") == "NOTHING"
    assert room.number == 2
    assert await room.went_on() == []


async def test_codes_cannot_be_guessed_for_long(room: Room) -> None:
    await room.ask()
    found = [await room.press("", typed=f"GUESS{n}") for n in range(3)]
    assert found == ["WRONG", "WRONG", "SPENT"]


async def test_an_old_code_counts_no_more(room: Room) -> None:
    await room.ask()
    await room.press(verdict="denied", pressed=token("home:terminal"))
    assert await room.press("", typed=code("home:terminal")) == "NOTHING"
    assert await room.press(typed=code("home:terminal")) == "DENIED"
