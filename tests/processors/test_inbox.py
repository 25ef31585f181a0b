"""Admit: who is this, and which rights has it?"""

from __future__ import annotations

import pytest

from processors.agent.people import People
from processors.inbox import admit
from schemas.chat import Remark
from schemas.feed import AskedLive, SessionLive
from schemas.record import Asked
from streams.entry import Provenance
from streams.record import TurnRecord
from tests.processors.asked import Heard, received


@pytest.mark.parametrize(
    ("person", "gateway", "profile"),
    [
        ("owner", "terminal", "full"),
        ("somebody", "terminal", "messaging"),
        ("producer", None, "readonly"),
        ("owner", None, "readonly"),
    ],
)
async def test_rights_follow_the_signature(person: str, gateway: str | None, profile: str) -> None:
    record = TurnRecord("t")
    said = (Remark(name="Eve", text="no"),)
    message = received("hello", person=person, tier="opus", remarks=said, most_cost=5)
    feed = Heard()
    turn = await admit(message, Provenance(gateway), record, People(), feed)
    assert (turn.id, turn.turn, turn.trace, turn.session) == ("t:turn", "t", "trace", "s")
    (asked,) = record.added
    assert isinstance(asked, Asked)
    assert (asked.text, asked.person, asked.profile, asked.tier, asked.at) == (
        "hello", person, profile, "opus", message.at,
    )  # fmt: skip
    assert (asked.session, asked.remarks, asked.most_cost) == ("s", message.remarks, 5)
    told, listed = feed.events
    assert isinstance(told, AskedLive)
    assert (told.turn, told.text, told.at) == ("t", "hello", message.at)
    assert isinstance(listed, SessionLive)
    assert (listed.session, listed.state) == ("s", "working")
