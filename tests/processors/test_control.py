"""Steer: stop, and status, which wait for nobody."""

from __future__ import annotations

from typing import Literal

from processors.control import steer
from schemas.chat import Answer, Control, Reply
from streams.entry import Provenance
from streams.session import SessionState
from tests.processors.asked import ENVELOPE


async def steered(action: Literal["stop", "status"], state: SessionState) -> Answer | Reply:
    control = Control(**ENVELOPE, id="x", action=action, chat="chat")
    return await steer(control, Provenance("terminal"), state)


async def test_a_stop_ends_the_running_turn() -> None:
    found = await steered("stop", SessionState(busy="t", waiting=2))
    assert isinstance(found, Answer)
    assert (found.turn, found.outcome, found.notice) == ("t", "stopped", "Stopped.")


async def test_a_stop_of_nothing_says_so() -> None:
    found = await steered("stop", SessionState())
    assert isinstance(found, Reply)
    assert found.text == "Nothing of this conversation is running."
    assert (found.turn, found.chat) == ("x", "chat")


async def test_the_status_tells_what_runs_and_what_waits() -> None:
    found = await steered("status", SessionState(busy="t", waiting=2))
    assert isinstance(found, Reply)
    assert found.text == "Working on t. 2 more wait behind it. /stop ends it."
    alone = await steered("status", SessionState(busy="t"))
    assert isinstance(alone, Reply)
    assert alone.text == "Working on t. /stop ends it."


def test_which_words_go_past_the_line() -> None:
    assert Control.word(" /STOP ") == "stop"
    assert Control.word("/status") == "status"
    assert Control.word("stop") is Control.word("/stop now") is None
