"""What becomes of a schedule whose time has come: a pure function of it and of the time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from processors.clock.plan import Plan
from schemas.schedules import Missed

GRACE = 60_000
"""Milliseconds after its time in which a run is not late: a restart takes some of them."""
MOST_COUNTED = 1_000
"""Times that went by; more of them are counted as so many."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of it now.

    Attributes:
        runs: whether it runs.
        asks: whether a person is asked instead.
        missed: how many of its times went by without a run of their own.
        late: whether the run stands for a time that went by.
        next: the next time; None where there is none.
    """

    runs: bool
    asks: bool
    missed: int
    late: bool
    next: int | None


def decide(plan: Plan, due: int, now: int, missed: Missed) -> Decision:
    """Return what becomes of a schedule.

    One run at most, however many of its times went by: a clock that was put forward by a year must
    not run everything a thousand times.

    Args:
        plan: when it is due.
        due: the time that has come, in milliseconds since 1970; not after `now`.
        now: the present time, in milliseconds since 1970.
        missed: what becomes of times that went by.
    """
    count, last = 1, due
    for at in islice(plan.dues(due), MOST_COUNTED - 1):
        if at > now:
            break
        count, last = count + 1, at
    if count == MOST_COUNTED:
        # Nobody counts a year of minutes; whether the newest of them is in time matters still.
        newest = next(plan.dues(now - GRACE - 1), None)
        last = newest if newest is not None and newest <= now else last
    in_time = now - last <= GRACE
    runs = in_time or missed == "run_once"
    return Decision(
        runs=runs,
        asks=not runs and missed == "ask",
        missed=count - 1 if runs else count,
        late=runs and not in_time,
        next=next(plan.dues(now), None),
    )
