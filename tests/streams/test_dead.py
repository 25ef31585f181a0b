"""A dead letter says whose it was; what strangers write says nothing of anybody's turn."""

from __future__ import annotations

import pytest

from schemas.desk import DeadLetter, Report
from streams.dead import Origin, letter
from streams.redrive import Sending

WHY = Report(code="bug", error="Bug", text="It broke.")
DATA = b'{"turn": "t", "session": "s"}'


def filed(topic: str) -> DeadLetter:
    """Return what the desk makes of an entry."""
    return letter(Origin("stage", topic, "1-0", DATA, len(DATA)), WHY)


@pytest.mark.parametrize("topic", ["inbox", "control", "events"])
def test_what_others_write_keeps_no_turn_and_lets_none_go_on(topic: str) -> None:
    found = filed(topic)
    assert found.turn is None
    assert Sending("1-0", found, DATA).turn == ""


def test_what_a_stage_wrote_is_of_its_turn() -> None:
    assert Sending("1-0", filed("think"), DATA).turn == "t"
    # What is on its way to a person is of a turn that may be over.
    assert filed("outbox").turn == "t"
    assert Sending("1-0", filed("outbox"), DATA).turn == ""
