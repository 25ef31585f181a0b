"""The clock: each time once, whatever is killed, doubled, put forward or put back."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest

from schemas.errors import TooMuch
from schemas.schedules import ScheduleChange
from streams import keys
from tests.processors.clock.stand import DAY, HOUR, MINUTE, START, Scene, going, scene_of
from tests.stand import Stand, soon


@pytest.fixture
async def scene(stand: Stand) -> Scene:
    return await scene_of(stand)


async def test_it_sleeps_until_the_next_is_due_and_has_it_run(scene: Scene) -> None:
    await scene.add()
    async with going(scene.clock()):
        for hour in (1, 2):
            due = START + hour * HOUR
            await soon(partial(scene.time.awaited.count, due))
            scene.time.set(due)
            await soon(partial(_count, scene, hour))
        await soon(lambda: START + 3 * HOUR in scene.time.awaited)
    # It waited for these times, and for none between them.
    assert set(scene.time.awaited) == {START + HOUR, START + 2 * HOUR, START + 3 * HOUR}
    assert await scene.dues() == [START + HOUR, START + 2 * HOUR]
    (view,) = await scene.book.all()
    assert (view.runs, view.skipped, view.state) == (2, 0, "waiting")
    assert view.last is not None
    assert view.last.turn == (await scene.said())[-1].id
    assert view.next[0] == START + 3 * HOUR


async def _count(scene: Scene, wanted: int) -> bool:
    return (await scene.book.all())[0].runs == wanted


async def test_a_change_wakes_it(scene: Scene) -> None:
    changed = asyncio.Event()
    clock = scene.clock()
    clock._changed = changed
    async with going(clock):
        await soon(lambda: scene.time.awaited == [None])
        await scene.add("every minute")
        changed.set()
        await soon(lambda: scene.time.awaited[-1] == START + MINUTE)


async def test_two_clocks_across_a_change_of_the_clocks_run_each_time_once(scene: Scene) -> None:
    """On 28 March 2027 Berlin skips an hour, on 25 October 2026 it has one twice."""
    spring, autumn = 1_806_188_400_000, 1_792_879_200_000  # midnight of those days in Berlin
    for midnight, wanted in ((spring, 1), (autumn, 1)):
        scene.time.set(midnight)
        for when, name in (("30 2 * * *", "fixed"), ("0 * * * *", "hourly")):
            await scene.add(when, name, zone="Europe/Berlin", says=f"{name} {midnight}")
        one, two = scene.clock(), scene.clock()
        for step in range(1, 24 * 4 + 1):
            scene.time.set(midnight + step * HOUR // 4)
            assert all(await asyncio.gather(one.round(), two.round()))
        said = [message.text for message in await scene.said()]
        assert said.count(f"fixed {midnight}") == wanted
        assert said.count(f"hourly {midnight}") == 24
        for name in ("fixed", "hourly"):
            await scene.book.remove(name)


async def test_who_dies_between_making_and_planning_is_put_right(scene: Scene) -> None:
    await scene.add()
    await scene.schedules.plan("disks", None)
    scene.time.set(START + HOUR)
    assert await scene.clock().round()
    assert await scene.dues() == [START + HOUR]


async def test_what_was_missed_runs_once_and_says_so(scene: Scene) -> None:
    await scene.add()
    scene.time.set(START + 5 * HOUR + HOUR // 2)
    assert await scene.clock().round()
    (message,) = await scene.said()
    assert "was missed then. So were 4 later times.)" in message.text
    (view,) = await scene.book.all()
    assert (view.runs, view.skipped, view.next[0]) == (1, 4, START + 6 * HOUR)


async def test_what_is_to_be_skipped_is_counted(scene: Scene) -> None:
    await scene.add(missed="skip")
    scene.time.set(START + 5 * HOUR + HOUR // 2)
    assert await scene.clock().round()
    assert await scene.said() == []
    (view,) = await scene.book.all()
    assert (view.runs, view.skipped, view.state) == (0, 5, "waiting")
    assert scene.board.told == []


async def test_where_a_person_is_to_say_they_are_asked_once(scene: Scene) -> None:
    await scene.add(missed="ask")
    scene.time.set(START + 2 * HOUR + HOUR // 2)
    for _ in range(2):
        assert await scene.clock().round()
    (notice,) = scene.board.told
    assert notice.title == "The schedule disks was missed"
    assert "on Mon 30 Nov 2026, 01:00 (UTC), and 1 time after that" in notice.says
    assert (await scene.book.all())[0].state == "asks"
    await scene.book.run("disks")
    assert await scene.clock().round()
    assert await scene.dues() == [START + 2 * HOUR + HOUR // 2]
    (view,) = await scene.book.all()
    assert (view.state, view.next[0]) == ("waiting", START + 3 * HOUR)


async def test_one_time_that_was_missed_is_not_missed_for_ever(scene: Scene) -> None:
    for missed in ("run_once", "skip", "ask"):
        await scene.add("2026-11-30 10:00", missed.replace("_", "-"), missed=missed)
    scene.time.set(START + DAY)
    clock = scene.clock()
    for _ in range(3):
        assert await clock.round()
    assert [one.chat for one in await scene.said()] == ["run-once"]
    states = {one.name: one.state for one in await scene.book.all()}
    assert states == {"run-once": "over", "skip": "over", "ask": "asks"}
    assert await scene.schedules.next(0) is None


async def test_a_clock_that_is_put_back_repeats_nothing(scene: Scene) -> None:
    await scene.add()
    clock = scene.clock()
    for moment in (1, 2, 3, 1, 2, 3, 4):
        scene.time.set(START + moment * HOUR)
        assert await clock.round()
    assert await scene.dues() == [START + hour * HOUR for hour in (1, 2, 3, 4)]
    # Nor does one that begins anew after that.
    scene.time.set(START + HOUR // 2)
    await scene.book.change("disks", ScheduleChange(paused=True))
    await scene.book.change("disks", ScheduleChange(paused=False))
    for moment in (1, 2, 3, 4, 5):
        scene.time.set(START + moment * HOUR)
        assert await clock.round()
    assert await scene.dues() == [START + hour * HOUR for hour in (1, 2, 3, 4, 5)]


@pytest.mark.parametrize("rounds", [1, 2])
@pytest.mark.parametrize("anew", [False, True])
@pytest.mark.parametrize("when", ["every hour", "0 * * * *"])
async def test_a_clock_that_was_wrong_by_years_silences_nothing(
    scene: Scene, when: str, rounds: int, *, anew: bool
) -> None:
    await scene.add(when)
    clock = scene.clock()
    for moment in range(rounds):
        scene.time.set(START + 900 * DAY + moment * HOUR)
        assert await clock.round()
        await scene.add("0 * * * *", f"made-{moment}")
    before = await scene.dues()
    clock = scene.clock() if anew else clock
    for minute in (90, 150):
        scene.time.set(START + minute * MINUTE)
        assert await clock.round()
        (view,) = [one for one in await scene.book.all() if one.name == "disks"]
        assert view.next[0] == START + (minute + 30) * MINUTE
    said = (await scene.said())[len(before) :]
    for name in ("disks", "made-0"):
        dues = [int(one.session.rpartition("-")[2]) for one in said if one.chat == name]
        assert dues == [START + 2 * HOUR]


async def test_a_run_that_takes_longer_than_the_time_between_is_not_doubled(scene: Scene) -> None:
    await scene.add()
    clock = scene.clock()
    scene.time.set(START + HOUR)
    assert await clock.round()
    (first,) = await scene.said()
    await scene.stand.tester.hset(keys.BUSY, first.session, "its turn")
    scene.time.set(START + 2 * HOUR)
    assert await clock.round()
    await scene.stand.tester.hdel(keys.BUSY, first.session)
    scene.time.set(START + 3 * HOUR)
    assert await clock.round()
    assert await scene.dues() == [START + HOUR, START + 3 * HOUR]
    (view,) = await scene.book.all()
    assert (view.runs, view.skipped) == (2, 1)


async def test_what_has_no_room_waits_and_the_others_do_not(scene: Scene) -> None:
    await scene.add(name="first")
    await scene.add(name="second")
    inner = scene.stand.ingress()

    class Full:
        """A door with no room for one of them."""

        full = True

        async def accept(self, message: Any, key: str) -> Any:
            if self.full and message.chat == "first":
                raise TooMuch("No room.")
            return await inner.accept(message, key)

    door = Full()
    clock = scene.clock(door=door)
    scene.time.set(START + HOUR)
    assert not await clock.round()
    assert [one.chat for one in await scene.said()] == ["second"]
    door.full = False
    assert await clock.round()
    assert [one.chat for one in await scene.said()] == ["second", "first"]


async def test_what_is_paused_or_forgotten_does_not_run(scene: Scene) -> None:
    await scene.add(name="paused")
    await scene.add(name="gone")
    await scene.book.change("paused", ScheduleChange(paused=True))
    await scene.book.remove("gone")
    # A clock that read them before may still plan them.
    for name in ("paused", "gone"):
        await scene.schedules.plan(name, START + HOUR)
    scene.time.set(START + HOUR)
    assert await scene.clock().round()
    assert await scene.said() == []
    assert await scene.schedules.planned() == {}
    await scene.book.run("paused")
    assert await scene.clock().round()
    assert [one.chat for one in await scene.said()] == ["paused"]
    assert await scene.schedules.planned() == {}, "it rests again"


async def test_what_nobody_can_read_stops_no_other(scene: Scene) -> None:
    await scene.add(name="good")
    await scene.add(name="bad")
    await scene.add(name="lost")
    await scene.schedules.put("bad", '{"v": 9}')
    body = await scene.schedules.get("lost")
    assert body is not None
    await scene.schedules.put("lost", body.replace('"UTC"', '"Mars/Base"'))
    scene.time.set(START + HOUR)
    assert await scene.clock().round()
    assert [one.chat for one in await scene.said()] == ["good"]
    (notice,) = scene.board.told
    assert notice.title == "The schedule lost cannot run"
    assert {one.name for one in await scene.book.all()} == {"good", "lost"}


async def test_many_at_once_all_run(scene: Scene) -> None:
    for number in range(50):
        await scene.add("* * * * *", f"s{number}")
    clocks = [scene.clock() for _ in range(3)]
    scene.time.set(START + MINUTE)
    assert all(await asyncio.gather(*(one.round() for one in clocks)))
    assert len(await scene.said()) == 50
