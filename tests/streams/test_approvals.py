"""A person's yes in the server functions: asked once, counted once, and only if it is theirs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from schemas.base import new_id
from streams import keys
from streams.store import fcall
from tests.stand import Stand
from tests.streams.library.desk import Desk, Item, finish, hop, settle

LIFE = 900_000
HOME, AWAY = ("home:terminal", "home:web"), "away:wire"
PLACES = (*HOME, AWAY)


def token(place: str, asking: str = "a1") -> str:
    return f"token-{place}-{asking}"


def code(place: str, asking: str = "a1") -> str:
    return f"code-{place}-{asking}"


def ask(
    entry: str,
    called: str = "c1",
    asking: str = "a1",
    *,
    turn: str = "t",
    session: str = "s",
    tier: str = "ORANGE",
    life: int = LIFE,
    most: int = 5,
    often: int = 20,
    people: tuple[str, ...] = ("owner", "anna"),
    places: tuple[str, ...] = PLACES,
) -> Item:
    call = json.dumps({"turn": turn, "id": called, "approval": asking})
    card = json.dumps({"id": f"{asking}:pending", "approval": asking, "state": "pending", "at": 1})
    item: Item = [entry, 0, turn, session, 1, f"too many {called}", 1, "think", "go on"]
    item += [called, asking, life, most, often, tier, f"proposed {asking}", call, card]
    item += [len(people), *people, len(places)]
    for place in places:
        item += [place, token(place, asking), code(place, asking)]
    return item


class Room(Desk):
    """A turn with calls of one step, and people who decide."""

    async def open(self) -> None:
        await super().open()
        entry = await self.begin()
        sent = tuple(("tool", json.dumps({"turn": "t", "id": f"c{n}"})) for n in range(1, 8))
        opened = tuple(f"c{n}" for n in range(1, 8))
        await self.commit("hop", "route", hop(entry, "t", sent=sent, opened=opened))
        self.calls = await self.read("tool")

    async def ask(self, number: int = 1, asking: str = "", **more: Any) -> str:
        item = ask(self.calls[number - 1], f"c{number}", asking or f"a{number}", **more)
        (answer,) = await self.commit("ask", "tool", item)
        return answer.split()[0]

    async def press(
        self,
        asking: str = "a1",
        verdict: str = "approved",
        *,
        person: str = "owner",
        place: str = "home:terminal",
        pressed: str = "",
        typed: str = "",
        second: int = 0,
        always: bool = False,
        decision: str = "",
        session: str = "s",
        reader: str = "a",
    ) -> str:
        entry = await self.held("control", reader)
        found = await fcall(
            self.redis, "decide", *("control", "steer", reader, entry, 0, decision or new_id()),
            *(asking, verdict, person, place.partition(":")[2], session, place),
            *(second, pressed, typed, int(always)), key=keys.topic("control"),
        )  # fmt: skip
        self.number, self.by = int(found[2]), found[3].decode()
        return str(found[0].decode())

    async def state(self, asking: str = "a1") -> str:
        found: Any = await self.tester.hget(keys.approval(asking), "state")
        return str(found.decode()) if found else ""

    async def went_on(self) -> list[str]:
        """Return the approvals whose calls were published again."""
        found = [json.loads(data) for data in await self.data("tool")]
        return [one["approval"] for one in found if "approval" in one]

    async def cards(self) -> list[tuple[str, str]]:
        found = [json.loads(data) for data in await self.data("cards")]
        return [(one["approval"], one["state"]) for one in found]

    async def facts(self, kind: str = "decided") -> list[dict[str, Any]]:
        rows = [json.loads(row) for row in await self.record() if row.startswith("{")]
        return [row for row in rows if row["kind"] == kind]

    async def expire(self, elapsed: int = 0) -> int:
        return int(await fcall(self.redis, "expire", elapsed))

    async def turn_clock(self, ms: int) -> None:
        """Let it look as if the server's clock had been moved by so much since it was last seen."""
        seen: Any = await self.tester.hget(keys.CLOCK, "seen")
        await self.tester.hset(keys.CLOCK, "seen", int(seen) - ms)


@pytest.fixture
async def room(stand: Stand) -> AsyncIterator[Room]:
    async with Room(stand.servers) as found:
        await found.open()
        yield found


# Asking ----------------------------------------------------------------------------------


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


# Deciding --------------------------------------------------------------------------------


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


# By keyword ------------------------------------------------------------------------------


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


# Time ------------------------------------------------------------------------------------


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


# The turn --------------------------------------------------------------------------------


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


# The effect ------------------------------------------------------------------------------


async def begin(room: Room, called: str, asking: str, entry: str = "") -> str:
    found = await fcall(
        room.redis, "effect_start", *("tool", "tool", "a", entry or room.calls[0], 0, "t", called),
        *("plain", new_id(), asking),
    )  # fmt: skip
    return str(found[0].decode())


async def test_what_began_and_is_asked_anew_has_begun(room: Room) -> None:
    """The rules changed between the crash and the next try, so a person is asked again."""
    await room.ask()
    await room.press(pressed=token("home:terminal"))
    (again,) = await room.read("tool")
    assert await begin(room, "c1", "a1", again) == "GO"
    (answer,) = await room.commit("ask", "tool", ask(again, "c1", "a2"))
    assert answer.startswith("ASKED")
    await room.press("a2", pressed=token("home:terminal", "a2"))
    (again,) = await room.read("tool")
    assert await begin(room, "c1", "a2", again) == "UNKNOWN"


async def test_an_effect_begins_with_its_own_yes_only(room: Room) -> None:
    await room.ask(1)
    await room.ask(2)
    assert await begin(room, "c3", "a1", room.calls[2]) == "UNASKED"
    assert await begin(room, "c3", "", room.calls[2]) == "GO", "nobody was asked about this one"
    await room.press("a1", pressed=token("home:terminal"))
    await room.press("a2", "denied", pressed=token("home:terminal", "a2"))
    first, second = await room.read("tool")
    assert await begin(room, "c1", "", first) == "UNASKED"
    assert await begin(room, "c1", "a2", first) == "UNASKED"
    assert await begin(room, "c2", "a2", second) == "UNASKED"
    assert await begin(room, "c1", "a1", first) == "GO"


async def test_a_yes_of_another_history_begins_nothing(room: Room) -> None:
    await room.ask()
    await room.press(pressed=token("home:terminal"))
    (entry,) = await room.read("tool")
    await room.tester.incr(keys.EPOCH)
    assert await begin(room, "c1", "a1", entry) == "UNASKED"


async def test_what_is_asked_anew_needs_a_new_yes(room: Room) -> None:
    await room.ask()
    await room.press(pressed=token("home:terminal"))
    (entry,) = await room.read("tool")
    assert (await room.commit("ask", "tool", ask(entry, "c1", "a9")))[0].startswith("ASKED")
    again = await room.held("tool")
    assert await begin(room, "c1", "a1", again) == "UNASKED"
    assert await room.press("a9", pressed=token("home:terminal", "a9")) == "DECIDED"
    assert await begin(room, "c1", "a9", again) == "GO"
