"""Steer: stop, and status, which wait for nobody."""

from __future__ import annotations

from typing import Literal

import pytest

from processors.control import steer
from schemas.approvals import Verdict
from schemas.chat import Answer, Control, Reply
from streams.approvals import Decisions, Verdicted
from streams.entry import Provenance
from streams.session import SessionState
from tests.processors.asked import ENVELOPE


class Decided(Decisions):
    """Decisions of which it is known what comes of them.

    Args:
        found: what does.
    """

    def __init__(self, found: Verdicted) -> None:
        self.found = found
        self.seen: list[tuple[str, bool]] = []

    async def decide(self, control: Control, verdict: Verdict, *, assured: bool) -> Verdicted:
        """Note what is decided."""
        self.seen.append((verdict, assured))
        return self.found


NOBODY = Decided(Verdicted("nothing"))


async def steered(action: Literal["stop", "status"], state: SessionState) -> Answer | Reply:
    control = Control(**ENVELOPE, id="x", action=action, chat="chat")
    return await steer(control, Provenance("terminal"), state, NOBODY)


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
    assert Control.word(" /STOP ") == {"action": "stop"}
    assert Control.word("/status") == {"action": "status"}
    assert Control.word("stop") is Control.word("/stop now") is None


async def test_the_status_tells_that_a_person_is_waited_for() -> None:
    found = await steered("status", SessionState(busy="t", asking=1))
    assert isinstance(found, Reply)
    assert found.text == "Waiting for your decision, on t. /stop ends it."


@pytest.mark.parametrize(
    ("found", "says", "outcome"),
    [
        (Verdicted("decided"), "Approved; it goes on.", "answered"),
        (Verdicted("denied", by="anna"), "This was denied already by anna.", "refused"),
        (Verdicted("wrong", number=1), "This does not fit; one try is left.", "refused"),
        (Verdicted("nothing", number=2), "Say which", "refused"),
        (Verdicted("nothing"), "Nothing waits", "refused"),
        (Verdicted("expired"), "Too late", "refused"),
        (Verdicted("fenced"), "void", "refused"),
    ],
)
async def test_a_decision_is_told_what_came_of_it(
    found: Verdicted, says: str, outcome: str
) -> None:
    control = Control(**ENVELOPE, id="x", action="decide", verdict="approved", chat="chat")
    reply = await steer(control, Provenance("terminal"), SessionState(), Decided(found))
    assert isinstance(reply, Reply)
    assert says in reply.text
    assert reply.outcome == outcome


@pytest.mark.parametrize(("gateway", "assured"), [("web", True), ("terminal", False)])
async def test_only_the_web_sees_a_second_factor(gateway: str, assured: bool) -> None:
    """Another gateway that says so is not believed: it could not have checked."""
    fields = {**ENVELOPE, "action": "decide", "verdict": "approved", "second": True}
    seen = Decided(Verdicted("decided"))
    await steer(Control(**fields, id="x", chat="chat"), Provenance(gateway), SessionState(), seen)
    assert seen.seen == [("approved", assured)]
