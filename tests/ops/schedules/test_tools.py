"""Schedules as the agent makes them: shown as what they mean, and only with a yes."""

from __future__ import annotations

from typing import Any

import pytest

from ops.schedules.tools import TOOLS
from processors.clock.book import Book
from processors.tools.registry import Registry
from processors.tools.tiers import Situation
from schemas.tools import Tier
from streams.schedules import Schedules
from tests.stand import Stand

MADE = {"name": "morning", "when": "0 7 * * MON-FRI", "says": "How are the disks?", "zone": "UTC"}
OWNER = Situation(profile="full", channel="web", person="owner")


@pytest.fixture
async def book(stand: Stand) -> Book:
    return Book(Schedules.on(stand.redis))


@pytest.fixture
def registry(book: Book) -> Registry:
    return Registry(TOOLS, {Book: book})


async def test_a_person_is_shown_what_it_means_before_it_is_made(registry: Registry) -> None:
    found = registry.assess("schedule_create", MADE, OWNER)
    assert found.tier == Tier.ORANGE
    assert not found.lasting
    assert found.command == (
        "schedule morning: at 07:00 on Monday through Friday (UTC); if missed: run_once\n"
        "asks: How are the disks?"
    )
    assert found.targets == ("schedule:morning",)
    tainted = Situation(profile="full", channel="web", person="owner", tainted=("web_fetch",))
    assert registry.assess("schedule_create", MADE, tainted).tier == Tier.RED


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"when": "* * * * * *"}, "nothing runs by seconds"),
        ({"zone": "Mars/Base"}, "no time zone"),
        ({"when": "2001-01-01 10:00"}, "is over"),
    ],
)
def test_what_is_no_time_never_asks_anybody(
    registry: Registry, change: dict[str, str], says: str
) -> None:
    found = registry.assess("schedule_create", {**MADE, **change}, OWNER)
    assert found.tier == Tier.BLACK
    assert says in found.reasons[0]


async def test_one_is_made_listed_removed_and_made_again(registry: Registry, book: Book) -> None:
    made = await registry.run("schedule_create", MADE, "c1", person="owner")
    assert made.ok, made.text
    assert made.text.startswith(
        "The schedule morning is made: at 07:00 on Monday through Friday (UTC). Next on "
    )
    listed = await registry.run("schedule_list", {})
    assert "morning (waiting): at 07:00" in listed.text
    assert "Asks: How are the disks?" in listed.text
    assert made.undo is not None
    gone = await registry.run(made.undo.tool, made.undo.arguments, "c2", person="owner")
    assert gone.ok, gone.text
    assert await book.all() == []
    assert gone.undo is not None
    back = await registry.run(gone.undo.tool, gone.undo.arguments, "c3", person="owner")
    assert back.ok, back.text
    (view,) = await book.all()
    assert (view.name, view.when, view.says, view.person) == (
        "morning", MADE["when"], MADE["says"], "owner",
    )  # fmt: skip


@pytest.mark.parametrize("person", ["grace", "", "rules"])
async def test_they_are_the_owner_s(registry: Registry, book: Book, person: str) -> None:
    calls: tuple[tuple[str, dict[str, Any]], ...] = (
        ("schedule_create", MADE), ("schedule_remove", {"name": "morning"}),
    )  # fmt: skip
    for name, given in calls:
        ran = await registry.run(name, given, "c", person=person)
        assert (ran.ok, ran.code) == (False, "forbidden")
    assert await book.all() == []


def test_others_do_not_even_see_them(registry: Registry) -> None:
    for profile, channel in (("messaging", "web"), ("readonly", "producer"), ("full", "talk")):
        shown = registry.specs(profile, person="grace", channel=channel)
        assert shown == (), (profile, channel)
    assert len(registry.specs("full", person="owner", channel="web")) == len(TOOLS)
