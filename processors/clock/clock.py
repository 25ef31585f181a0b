"""The clock: sleeps until a schedule is due; however many clocks there are, it runs once."""

from __future__ import annotations

import asyncio
import math
from typing import Protocol

import structlog
from pydantic import ValidationError

from gateways.channels.board import Board
from processors.clock.due import Decision, decide
from processors.clock.plan import begins, planned, shown
from processors.clock.saying import CLOCK, key_of, said
from processors.tools.wording import counted
from schemas.errors import Conflict, Refused, Transient
from schemas.notices import Notice
from schemas.schedules import Schedule
from streams.accept import Ingress
from streams.schedules import MOST, Schedules

log = structlog.get_logger("clock")

AGAIN = 5_000
"""Milliseconds before what could not be done is tried again."""


class Wakes(Protocol):
    """Knows the time, and waits for one; see gateways/machines/alarm.py."""

    def now(self) -> int:
        """Return the wall clock in milliseconds since 1970."""
        ...

    async def until(self, at: int | None) -> None:
        """Wait until a moment, or until the clock was set; None waits for that alone."""
        ...


class Clock:
    """Has schedules run when they are due.

    What it does for a time of a schedule has a key made of both. So it may die anywhere, and any
    number of clocks may run: `accept` takes the first, and the others hear that it is known.

    Args:
        schedules: all schedules.
        door: the clock's own way in.
        board: where a person is told.
        alarm: the wall clock.
        changed: set when a schedule is due at another time than before.
    """

    def __init__(
        self,
        schedules: Schedules,
        door: Ingress,
        board: Board,
        alarm: Wakes,
        changed: asyncio.Event,
    ) -> None:
        self._schedules, self._door, self._board = schedules, door, board
        self._alarm, self._changed = alarm, changed
        self._newest = math.inf

    async def run(self) -> None:
        """Wait for what is due next, and have it run; for ever."""
        while True:
            self._changed.clear()
            now = self._alarm.now()
            soon = now + AGAIN
            try:
                whole = await self.round()
                at = await self._schedules.next(now)
            except Transient as error:
                log.info("clock.waits", why=str(error)[:200])
                whole, at = False, soon
            if not whole:
                at = soon if at is None else min(at, soon)
            await self._sleep(at)

    async def round(self) -> bool:
        """Do what is due now; return whether all of it was done.

        Raises:
            Away: Redis does not answer.
        """
        await self._mend()
        now, whole = self._alarm.now(), True
        for name, due in await self._schedules.due(now, 2 * MOST):
            try:
                await self._do(name, due, now)
            except Transient as error:
                # There is no room for it now; the others do not wait for that.
                log.info("schedule.waits", schedule=name, why=str(error)[:200])
                whole = False
            except Refused as error:
                log.error("schedule.unfit", schedule=name, why=str(error)[:300])
                await self._tell(name, "cannot run", str(error), f"unfit:{name}")
                await self._schedules.plan(name, None)
        return whole

    async def _sleep(self, at: int | None) -> None:
        waits = [
            asyncio.ensure_future(self._alarm.until(at)),
            asyncio.ensure_future(self._changed.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if waits[0].done():
                await waits[0]
        finally:
            for one in waits:
                one.cancel()

    async def _mend(self) -> None:
        """Plan what nothing is planned of: who made or moved it died before saying when.

        And plan anew what lies too far away since the clock was put back, perhaps before we began.
        """
        now = self._alarm.now()
        back = now < self._newest
        planned_at = await self._schedules.planned()
        for name, body in (await self._schedules.all()).items():
            at = planned_at.get(name)
            if at is not None and not (back and at > now):
                continue
            schedule = _read(name, body)
            if schedule is None or schedule.paused:
                continue
            seen = int((await self._schedules.state(name)).get("seen", 0))
            begin = max(schedule.since, seen) if at is None else begins(now, seen)
            try:
                due = next(planned(schedule).dues(begin), None)
            except Refused:
                continue  # it was told when it was due
            if due is not None and (at is None or due < at):
                await self._schedules.plan(name, due)
        self._newest = now

    async def _do(self, name: str, due: int, now: int) -> None:
        """Do what one time of a schedule asks for.

        Raises:
            Transient: there is no room for it now.
            Refused: it is nothing that can run.
        """
        body = await self._schedules.get(name)
        schedule = _read(name, body) if body is not None else None
        if schedule is None:
            await self._schedules.plan(name, None)
            return
        state = await self._schedules.state(name)
        if state.get("wanted") == str(due):
            later = None if schedule.paused else next(planned(schedule).dues(now), None)
            found = Decision(runs=True, asks=False, missed=0, late=False, next=later)
        elif schedule.paused:
            await self._schedules.plan(name, None)
            return
        else:
            found = decide(planned(schedule), due, now, schedule.missed)
            last = state.get("session", "")
            if found.runs and state.get("due") != str(due) and await self._schedules.busy(last):
                # Runs of one schedule that are slower than its times would only pile up.
                found = Decision(False, False, found.missed + 1, False, found.next)
        await self._done(schedule, due, now, found)

    async def _done(self, schedule: Schedule, due: int, now: int, found: Decision) -> None:
        name = schedule.name
        if found.runs:
            message = said(schedule, due, found)
            try:
                turn = (await self._door.accept(message, key_of(schedule, due))).id
            except Conflict:
                turn = ""  # another clock said it, when less of it had gone by
            about = {"turn": turn} if turn else {}
            about["session"] = message.session
            await self._schedules.note(name, due=due, at=now, **about)
        if found.asks:
            await self._ask(schedule, due, found)
        await self._schedules.note(name, seen=due)
        if not await self._schedules.advance(name, due, found.next):
            return
        # Only one clock gets here for a time.
        await self._schedules.count_up(name, "runs", int(found.runs))
        await self._schedules.count_up(name, "skipped", found.missed)
        if found.runs:
            await self._schedules.forget(name, "asks", "wanted")
        log.info(
            "schedule.due", schedule=name, due=due, ran=found.runs, late=found.late,
            missed=found.missed, next=found.next,
        )  # fmt: skip

    async def _ask(self, schedule: Schedule, due: int, found: Decision) -> None:
        name, when = schedule.name, shown(due, schedule.zone)
        others = found.missed - 1
        many = f", and {counted(others, 'time')} after that" if others else ""
        says = (
            f"It was due on {when}{many}, while nothing ran."
            f" `nexus schedules run {name}` has it run now; else it waits for its next time."
        )
        await self._tell(name, "was missed", says, f"missed:{schedule.id}:{due}")
        await self._schedules.note(name, asks=due)

    async def _tell(self, name: str, what: str, says: str, key: str) -> None:
        notice = Notice(
            source=CLOCK,
            level="warning",
            title=f"The schedule {name} {what}",
            says=says[:2_000],
            key=key,
        )
        await self._board.publish(notice)


def _read(name: str, body: str) -> Schedule | None:
    try:
        return Schedule.model_validate_json(body)
    except ValidationError as error:
        # Of a newer version, or nobody's of ours: what it means is not known, so it does not run.
        log.error("schedule.unreadable", schedule=name, faults=error.error_count())
        return None
