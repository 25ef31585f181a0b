"""Where an event's words are in what a rule says, the turn is tainted."""

from __future__ import annotations

import pytest

from processors.tools.approvals import situation
from processors.tools.registry import Registry
from schemas.record import Asked
from streams.record import TurnRecord


@pytest.mark.parametrize(
    ("channel", "sources"), [("events", ("an event",)), ("rules", ()), ("web", ())]
)
def test_it_counts_by_the_channel(channel: str, sources: tuple[str, ...]) -> None:
    asked = Asked(text="x", person="rules", channel=channel, chat="c", profile="messaging")
    found = situation(TurnRecord("t", (asked,)), Registry(()))
    assert found.tainted == sources
