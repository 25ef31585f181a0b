"""What is said aloud in a turn grows, and never takes anything back."""

from __future__ import annotations

import pytest

from schemas.feed import LiveEvent, Stepped, Token
from schemas.record import Asked, Said, Thought
from schemas.web import Snapshot
from streams.conversation import Told
from streams.feeds import Position
from tests.web.story import durable, live, story
from web.aloud import Aloud, Restarted
from web.frames import Frame, of_model
from web.turns import view


def frame(event: LiveEvent) -> Frame:
    return Frame("s", event.type, event.model_dump_json().encode(), "c", Position(1, 1), event)


def said(aloud: Aloud, *events: LiveEvent) -> list[str]:
    return [text for event in events if (text := aloud.take(frame(event)))]


ASKED = Asked(text="q", person="owner", channel="api", chat="c", profile="full")
STOPPED = Said(text="It is \n\nStopped.", outcome="stopped")
BEGUN = Stepped(turn="t", step=0, model="m")


def piece(text: str) -> Token:
    return Token(turn="t", step=0, text=text)


def test_pieces_are_said_as_they_come_and_the_end_adds_what_is_missing() -> None:
    deeds = story("t", [["Let ", "me."], ["It is ", "noon."]])
    aloud = Aloud("t")
    pieces = said(aloud, *live(deeds))
    (whole,) = durable(deeds)
    pieces.append(aloud.take(of_model("s", "turn", whole)))
    assert "".join(pieces) == "Let me.\n\nIt is noon."
    assert aloud.over == whole


def test_a_stop_takes_nothing_back_of_what_was_said() -> None:
    told = Told("t", (ASKED, Thought(step=0, model="m", text="It is ", cut=True), STOPPED), "over")
    aloud = Aloud("t")
    pieces = said(aloud, BEGUN, piece("It "), piece("is "))
    pieces.append(aloud.take(of_model("s", "turn", view(told, "s", lambda _: "GREEN"))))
    assert "".join(pieces) == "It is \n\nStopped."


def test_a_step_that_begins_anew_is_silent_until_it_has_caught_up() -> None:
    aloud = Aloud("t")
    assert said(aloud, BEGUN, piece("Hel"), piece("lo")) == ["Hel", "lo"]
    assert said(aloud, BEGUN, piece("He"), piece("llo the"), piece("re")) == [" the", "re"]


def test_what_was_said_cannot_be_taken_back() -> None:
    aloud = Aloud("t")
    said(aloud, BEGUN, piece("Hello"))
    with pytest.raises(Restarted):
        said(aloud, BEGUN, piece("Good day"))


def test_a_snapshot_is_a_beginning_and_other_turns_are_no_matter() -> None:
    deeds = story("t", [["Hel", "lo"]])
    aloud = Aloud("t")
    other = Token(turn="u", step=0, text="not this")
    snapshot = Snapshot(session="s", title="", cursor="", turns=tuple(durable(deeds[:2])))
    assert aloud.take(of_model("s", "snapshot", snapshot)) == ""
    assert said(aloud, other, BEGUN, piece("Hello")) == ["Hello"]
