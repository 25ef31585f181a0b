"""Schedules as they are made and changed, and what nobody may make."""

from __future__ import annotations

from typing import Any

import pytest

from processors.clock import book
from processors.clock.book import Ran, ended, runs_of
from schemas.errors import Conflict, Invalid, NotFound
from schemas.events import LastView
from schemas.schedules import RunView, ScheduleChange
from tests.processors.clock.stand import DAY, HOUR, START, Scene, scene_of
from tests.stand import Stand


@pytest.fixture
async def scene(stand: Stand) -> Scene:
    return await scene_of(stand)


async def test_one_that_is_made_is_shown_in_words(scene: Scene) -> None:
    await scene.add("0 7 * * *", zone="berlin", missed="ask", tier="haiku")
    (view,) = await scene.book.all()
    assert (view.words, view.zone) == ("at 07:00 every day (Europe/Berlin)", "Europe/Berlin")
    assert (view.missed, view.tier, view.person, view.state) == (
        "ask", "haiku", "owner", "waiting",
    )  # fmt: skip
    first = START + 6 * HOUR
    assert view.next == (first, first + DAY, first + 2 * DAY)
    assert (view.runs, view.skipped, view.last) == (0, 0, None)
    assert await scene.schedules.planned() == {"disks": first}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"when": "2026-11-29 10:00"}, "is over; choose a time that is to come"),
        ({"when": "2036-12-24 18:00"}, "more than ten years away"),
        ({"when": "* * * * * *"}, "nothing runs by seconds"),
    ],
)
async def test_what_never_comes_is_not_made(scene: Scene, given: dict[str, Any], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        await scene.add(**given)
    assert await scene.book.all() == []


async def test_a_zone_that_is_none_is_not_taken(scene: Scene) -> None:
    with pytest.raises(NotFound, match="no time zone named 'Mars/Base'"):
        await scene.add(zone="Mars/Base")


async def test_a_name_is_given_once_and_there_are_so_many(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book, "MOST", 2)
    await scene.add()
    with pytest.raises(Conflict, match="a schedule disks already"):
        await scene.add(says="Something else")
    await scene.add(name="second")
    with pytest.raises(Conflict, match="There are 2 schedules already; remove one"):
        await scene.add(name="third")
    await scene.book.remove("second")
    await scene.add(name="third")


async def test_one_can_be_another(scene: Scene) -> None:
    await scene.add()
    view = await scene.book.change("disks", ScheduleChange(when="@daily", says="And now?"))
    assert (view.words, view.says, view.next[0]) == (
        "at 00:00 every day (UTC)", "And now?", START + DAY,
    )  # fmt: skip
    assert await scene.schedules.planned() == {"disks": START + DAY}
    with pytest.raises(Invalid):
        await scene.book.change("disks", ScheduleChange(when="nonsense"))
    assert (await scene.book.find("disks")).when == "@daily"


async def test_one_can_rest_and_go_on(scene: Scene) -> None:
    await scene.add()
    view = await scene.book.change("disks", ScheduleChange(paused=True))
    assert (view.state, view.next) == ("paused", ())
    assert await scene.schedules.planned() == {}
    scene.time.set(START + HOUR // 2 * 7)
    view = await scene.book.change("disks", ScheduleChange(paused=False))
    assert (view.state, view.next[0]) == ("waiting", START + 4 * HOUR)
    assert await scene.schedules.planned() == {"disks": START + 4 * HOUR}


async def test_one_that_is_over_needs_another_time(scene: Scene) -> None:
    await scene.add("2026-11-30 10:00")
    scene.time.set(START + DAY)
    await scene.book.change("disks", ScheduleChange(paused=True))
    with pytest.raises(Invalid, match="is over"):
        await scene.book.change("disks", ScheduleChange(paused=False))


async def test_what_is_not_there_is_said_so(scene: Scene) -> None:
    for ask in (
        scene.book.find("none"),
        scene.book.remove("none"),
        scene.book.run("none"),
        scene.book.change("none", ScheduleChange(paused=True)),
    ):
        with pytest.raises(NotFound, match="There is no schedule 'none'"):
            await ask


async def test_how_the_last_run_ended_is_asked_by_its_name(scene: Scene) -> None:
    await scene.add()
    (view,) = await scene.book.all()
    assert runs_of([view]) == []
    last = RunView(due=START, at=START + 1, turn="t", session="s")
    ran = view.model_copy(update={"last": last})
    assert runs_of([ran]) == [Ran("disks", "schedule", START + 1, "t")]
    told = LastView(at=1, on="schedule", event="", turn="t", outcome="failed", says="No.")
    shown = ended(ran, {"disks": told}).last
    assert shown is not None
    assert (shown.outcome, shown.says) == ("failed", "No.")
    assert ended(ran, {}) == ran
    assert ended(view, {"disks": told}) == view
