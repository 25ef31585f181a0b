"""What is shown while an answer is written."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from gateways.channels.writing import Pace, Writing
from schemas.chat import Parcel
from schemas.errors import Unavailable
from schemas.feed import LiveEvent, Stepped, Token
from tests.gateways.channels.book import Book
from tests.stand import soon


class Feed:
    """What is written, by conversation."""

    def __init__(self) -> None:
        self.events: list[LiveEvent] = []

    def say(self, turn: str, text: str, step: int = 0) -> None:
        """A model says something more."""
        self.events.append(Token(turn=turn, step=step, text=text))

    async def news(self, session: str, after: str) -> tuple[Sequence[LiveEvent], str]:
        """Return what is new; some may not be read."""
        if session == "closed":
            raise RuntimeError(session)
        return self.events[int(after or 0) :], str(len(self.events))


class Paper:
    """Notes what is shown."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.error: Exception | None = None

    async def typing(self, chat: str) -> None:
        """Note it."""
        self.shown.append(f"{chat}: typing")

    async def draft(self, chat: str, text: str, there: str) -> str:
        """Note it."""
        if self.error is not None:
            raise self.error
        self.shown.append(f"{chat}: {text}")
        return there or f"m{len(self.shown)}"

    async def drop(self, chat: str, there: str) -> None:
        """Note it."""
        self.shown.append(f"{chat}: no {there}")


class Desk:
    """All of it together."""

    def __init__(self) -> None:
        self.book, self.feed, self.paper = Book(), Feed(), Paper()
        pace = Pace(typing=60, first=0, then=0)
        self.writing = Writing("wire", self.paper, pace, self.book, self.feed)
        for turn in ("t1", "t2"):
            self.feed.events.append(Stepped(turn=turn, step=0, model="x"))

    async def shows(self, line: str) -> None:
        """Wait until it is shown."""
        await soon(lambda: line in self.paper.shown)


@pytest.fixture
async def desk() -> Desk:
    return Desk()


def part(turn: str, number: int = 0, parts: int = 1) -> Parcel:
    return Parcel(
        id=f"{turn}-{number}", trace=turn, session="s", person="owner", channel="wire", turn=turn,
        chat="c", text="x", part=number, parts=parts,
    )  # fmt: skip


async def test_the_beginning_grows_and_the_answer_becomes_it(desk: Desk) -> None:
    desk.writing.begin("t1", "s", "c")
    desk.feed.say("t1", "one")
    await desk.shows("c: one …")
    desk.feed.say("t1", " two")
    await desk.shows("c: one two …")
    async with desk.writing.handing(part("t1")) as draft:
        assert draft == "m2"
    assert desk.book.notes == {"draft:t1": "m2"}
    assert desk.paper.shown[0] == "c: typing"


async def test_a_new_process_finds_the_beginning(desk: Desk) -> None:
    desk.book.notes["draft:t1"] = "m7"
    async with desk.writing.handing(part("t1")) as draft:
        assert draft == "m7"
    async with desk.writing.handing(part("t2")) as draft:
        assert draft == ""


async def test_nothing_later_is_shown_before_what_is_not_handed_over(desk: Desk) -> None:
    for turn in ("t1", "t2"):
        desk.writing.begin(turn, "s", "c")
    await soon(lambda: len(desk.paper.shown) == 2)
    with pytest.raises(Unavailable):
        async with desk.writing.handing(part("t1")):
            raise Unavailable("not now")
    desk.feed.say("t2", "two")
    await asyncio.sleep(0.7)  # a look and more
    assert desk.paper.shown == ["c: typing", "c: typing"]
    async with desk.writing.handing(part("t1", 0, 2)):
        pass
    async with desk.writing.handing(part("t1", 1, 2)):
        pass
    await desk.shows("c: two …")
    await desk.writing.stop()


async def test_what_may_not_be_followed_holds_up_nothing_later(desk: Desk) -> None:
    desk.writing.begin("t1", "closed", "c")
    await desk.shows("c: typing")
    desk.writing.begin("t2", "s", "c")
    desk.feed.say("t2", "two")
    await desk.shows("c: two …")
    await desk.writing.stop()


async def test_a_step_that_begins_anew_begins_anew(desk: Desk) -> None:
    desk.writing.begin("t1", "s", "c")
    desk.feed.say("t1", "wrong")
    await desk.shows("c: wrong …")
    desk.feed.events.append(Stepped(turn="t1", step=0, model="y"))
    desk.feed.say("t1", "right")
    await desk.shows("c: right …")
    await desk.writing.stop()


async def test_a_question_takes_the_beginning_away(desk: Desk) -> None:
    desk.writing.begin("t1", "s", "c")
    desk.feed.say("t1", "I would like to")
    await desk.shows("c: I would like to …")
    await desk.writing.drop("t1", "c")
    assert desk.paper.shown[-1] == "c: no m2"
    async with desk.writing.handing(part("t1")) as draft:
        assert draft == ""


async def test_a_vendor_that_is_away_is_asked_again(desk: Desk) -> None:
    desk.paper.error = Unavailable("not now", retry_after=0.1)
    desk.writing.begin("t1", "s", "c")
    desk.feed.say("t1", "one")
    await desk.shows("c: typing")
    desk.paper.error = None
    await desk.shows("c: one …")
    await desk.writing.stop()
