"""The schedules of this server: made, changed, shown; whoever asks for it, by whatever way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from processors.clock.plan import FARTHEST, Once, ahead, begins, plan, planned, zone_of
from schemas.base import now_ms
from schemas.errors import Conflict, Invalid, NotFound, Refused
from schemas.events import LastView
from schemas.schedules import RunView, Schedule, ScheduleChange, ScheduleForm, ScheduleView
from streams.schedules import MOST, Schedules

SHOWN = 3
"""The next times that are shown of each."""


@dataclass(frozen=True, slots=True)
class Ran:
    """The last run of a schedule, in the words of the written history.

    Attributes:
        rule: the schedule.
        on: what occasioned it.
        at: when, in milliseconds since 1970.
        turn: what it began.
        event: "", as nothing happened.
        order: "", as nothing is handed on.
    """

    rule: str
    on: str
    at: int
    turn: str
    event: str = ""
    order: str = ""


def drawn_up(form: ScheduleForm, person: str, now: int) -> Schedule:
    """Return a schedule as it would be kept.

    Args:
        form: what somebody wants.
        person: in whose name it is to run.
        now: the present time, in milliseconds since 1970.

    Raises:
        Invalid: its times are none, or never come.
        NotFound: there is no such time zone.
    """
    zone = zone_of(form.zone)
    _check(form.when, zone, now)
    return Schedule(
        name=form.name,
        when=" ".join(form.when.split()),
        zone=zone,
        says=form.says,
        missed=form.missed,
        tier=form.tier,
        cost=form.cost,
        person=person,
        since=now,
    )


class Book:
    """All schedules, to look at and to change.

    Args:
        schedules: as they are kept.
        now: tells the time in milliseconds since 1970.
    """

    def __init__(self, schedules: Schedules, now: Callable[[], int] = now_ms) -> None:
        self._schedules, self._now = schedules, now

    async def add(self, form: ScheduleForm, person: str) -> ScheduleView:
        """Make a schedule.

        Raises:
            Conflict: there is one of this name, or there are too many.
            Invalid: its times are none, or never come.
            NotFound: there is no such time zone.
        """
        now = self._now()
        schedule = drawn_up(form, person, now)
        if await self._schedules.count() >= MOST:
            raise Conflict(f"There are {MOST} schedules already; remove one that nobody needs.")
        if not await self._schedules.add(schedule.name, schedule.model_dump_json()):
            raise Conflict(f"There is a schedule {schedule.name} already; choose another name.")
        await self._schedules.plan(schedule.name, next(planned(schedule).dues(now), None))
        await self._schedules.tell()
        return await self.view(schedule)

    async def change(self, name: str, change: ScheduleChange) -> ScheduleView:
        """Let a schedule be another; its times begin anew from now on.

        Raises:
            NotFound: there is none of this name, or no such time zone.
            Invalid: its times are none, or are over.
        """
        old, now = await self.find(name), self._now()
        given = change.model_dump(exclude_none=True)
        if "zone" in given:
            given["zone"] = zone_of(given["zone"])
        if "when" in given:
            given["when"] = " ".join(given["when"].split())
        new = old.model_copy(update=given)
        if not new.paused:
            _check(new.when, new.zone, now)
        if {"when", "zone"} & set(given):
            new = new.model_copy(update={"since": now})
        if new != old:
            await self._schedules.put(name, new.model_dump_json())
            due = None if new.paused else next(planned(new).dues(now), None)
            await self._schedules.plan(name, due)
            await self._schedules.forget(name, "asks", "wanted")
            await self._schedules.tell()
        return await self.view(new)

    async def run(self, name: str) -> ScheduleView:
        """Have a schedule run now, also one that is paused, over, or was missed.

        Raises:
            NotFound: there is none of this name.
        """
        schedule, now = await self.find(name), self._now()
        await self._schedules.note(name, wanted=now)
        await self._schedules.plan(name, now)
        await self._schedules.tell()
        return await self.view(schedule)

    async def remove(self, name: str) -> Schedule:
        """Forget a schedule; return what it was.

        Raises:
            NotFound: there is none of this name.
        """
        found = await self.find(name)
        await self._schedules.remove(name)
        await self._schedules.tell()
        return found

    async def find(self, name: str) -> Schedule:
        """Return a schedule by name.

        Raises:
            NotFound: there is none.
        """
        body = await self._schedules.get(name)
        if body is None:
            raise NotFound(f"There is no schedule {name[:64]!r}.")
        return _read(name, body)

    async def all(self) -> list[ScheduleView]:
        """Return all schedules as they are at this moment, by name."""
        found = []
        for name, body in sorted((await self._schedules.all()).items()):
            try:
                found.append(await self.view(_read(name, body)))
            except Refused:
                continue  # of a newer version; it does not run either
        return found

    async def view(self, schedule: Schedule) -> ScheduleView:
        """Return a schedule as it is at this moment."""
        state, now = await self._schedules.state(schedule.name), self._now()
        try:
            times = planned(schedule)
            words, coming = times.words(), ahead(times, begins(now, _number(state, "seen")), SHOWN)
        except Refused as error:
            words, coming = str(error), ()
        return ScheduleView(
            name=schedule.name,
            when=schedule.when,
            words=words,
            zone=schedule.zone,
            says=schedule.says,
            missed=schedule.missed,
            tier=schedule.tier,
            cost=schedule.cost,
            person=schedule.person,
            state=_state(schedule, state, coming),
            next=() if schedule.paused else coming,
            runs=_number(state, "runs"),
            skipped=_number(state, "skipped"),
            last=_last(state),
        )


def runs_of(views: list[ScheduleView]) -> list[Ran]:
    """Return the last runs of schedules, to ask the written history how they ended."""
    return [Ran(one.name, "schedule", one.last.at, one.last.turn) for one in views if one.last]


def ended(view: ScheduleView, last: Mapping[str, LastView]) -> ScheduleView:
    """Return a schedule with how its last run ended.

    Args:
        view: the schedule.
        last: how runs ended, by the schedule's name.
    """
    known = last.get(view.name)
    if known is None or view.last is None:
        return view
    about = {"outcome": known.outcome, "says": known.says}
    return view.model_copy(update={"last": view.last.model_copy(update=about)})


def _check(when: str, zone: str, now: int) -> None:
    times = plan(" ".join(when.split()), zone, now)
    first = next(times.dues(now), None)
    if first is None:
        raise Invalid(f"{when!r} is over; choose a time that is to come.")
    if isinstance(times, Once) and first - now > FARTHEST:
        raise Invalid(f"{when!r} is more than ten years away.")


def _read(name: str, body: str) -> Schedule:
    try:
        return Schedule.model_validate_json(body)
    except ValidationError:
        raise Invalid(f"The schedule {name} was written by a newer version.") from None


def _state(
    schedule: Schedule, state: Mapping[str, Any], coming: tuple[int, ...]
) -> Literal["waiting", "paused", "asks", "over"]:
    if "asks" in state:
        return "asks"
    if schedule.paused:
        return "paused"
    return "waiting" if coming else "over"


def _last(state: Mapping[str, str]) -> RunView | None:
    if not state.get("turn") or not state.get("session"):
        return None
    due, at = _number(state, "due"), _number(state, "at")
    return RunView(due=due, at=at, turn=state["turn"], session=state["session"])


def _number(state: Mapping[str, str], about: str) -> int:
    found = state.get(about, "0")
    return int(found) if found.isdecimal() else 0
