"""What a schedule says when it is due."""

from __future__ import annotations

from typing import Any

from processors.clock.due import Decision
from processors.clock.saying import key_of, said
from schemas.schedules import Schedule

DUE = 1_798_131_600_000
IN_TIME = Decision(runs=True, asks=False, missed=0, late=False, next=None)
LATE = Decision(runs=True, asks=False, missed=2, late=True, next=None)


def schedule(says: str = "How are the disks?", **fields: Any) -> Schedule:
    return Schedule(
        id="S1", name="disks", when="@daily", zone="UTC", says=says, person="owner", **fields
    )


def test_it_is_a_message_in_a_conversation_of_its_own() -> None:
    found = said(schedule(tier="haiku"), DUE, IN_TIME)
    assert (found.person, found.channel, found.chat) == ("owner", "clock", "disks")
    assert (found.session, found.text, found.tier) == (
        f"schedule-S1-{DUE}", "How are the disks?", "haiku",
    )  # fmt: skip
    assert key_of(schedule(), DUE) == f"schedule:S1:{DUE}"
    assert key_of(schedule(), DUE) != key_of(schedule(), DUE + 1)


def test_it_may_cost_less_than_others() -> None:
    assert said(schedule(), DUE, IN_TIME).most_cost is None
    assert said(schedule(cost=0.05), DUE, IN_TIME).most_cost == 50_000
    assert said(schedule(cost=0.000_001), DUE, IN_TIME).most_cost == 1


def test_what_comes_late_says_so() -> None:
    text = said(schedule(), DUE, LATE).text
    assert text.startswith("How are the disks?\n\n(This was due on Thu 24 Dec 2026, 17:00 (UTC)")
    assert text.endswith("was missed then. So were 2 later times.)")


def test_a_call_by_name_is_left_as_it_is() -> None:
    assert said(schedule("!system_info"), DUE, LATE).text == "!system_info"
    assert said(schedule("/status"), DUE, LATE).text == "/status"
