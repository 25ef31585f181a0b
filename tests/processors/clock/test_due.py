"""What becomes of a schedule whose time has come, in time or late."""

from __future__ import annotations

import pytest

from processors.clock.due import GRACE, MOST_COUNTED, Decision, decide
from processors.clock.plan import plan
from schemas.schedules import Missed

HOUR = 3_600_000
HOURLY = plan("every hour", "UTC", 0)


@pytest.mark.parametrize("missed", ["run_once", "skip", "ask"])
@pytest.mark.parametrize("late", [0, 1, GRACE])
def test_in_time_it_runs_whatever_else_was_said(missed: Missed, late: int) -> None:
    found = decide(HOURLY, HOUR, HOUR + late, missed)
    assert found == Decision(runs=True, asks=False, missed=0, late=False, next=2 * HOUR)


@pytest.mark.parametrize(
    ("missed", "wanted"),
    [
        ("run_once", Decision(runs=True, asks=False, missed=2, late=True, next=4 * HOUR)),
        ("skip", Decision(runs=False, asks=False, missed=3, late=False, next=4 * HOUR)),
        ("ask", Decision(runs=False, asks=True, missed=3, late=False, next=4 * HOUR)),
    ],
)
def test_times_that_went_by_are_one_run_none_or_a_question(
    missed: Missed, wanted: Decision
) -> None:
    assert decide(HOURLY, HOUR, 3 * HOUR + GRACE + 1, missed) == wanted


@pytest.mark.parametrize("missed", ["run_once", "skip", "ask"])
def test_where_the_newest_is_in_time_it_runs_and_the_others_are_counted(missed: Missed) -> None:
    found = decide(HOURLY, HOUR, 3 * HOUR, missed)
    assert found == Decision(runs=True, asks=False, missed=2, late=False, next=4 * HOUR)


def test_a_clock_that_jumps_by_years_counts_no_further_than_it_must() -> None:
    minutely = plan("* * * * *", "UTC", 0)
    now = 10 * 366 * 24 * HOUR
    found = decide(minutely, 60_000, now, "skip")
    assert found.runs, "the newest is in time"
    assert found.missed == MOST_COUNTED - 1
    assert found.next == now + 60_000
    late = decide(HOURLY, HOUR, now + HOUR // 2, "skip")
    assert (late.runs, late.missed, late.next) == (False, MOST_COUNTED, now + HOUR)


@pytest.mark.parametrize("missed", ["run_once", "skip", "ask"])
def test_one_time_has_no_next(missed: Missed) -> None:
    once = plan("2026-12-24T18:00Z", "UTC", 0)
    (due,) = once.dues(0)
    assert decide(once, due, due + 1, missed).next is None
    late = decide(once, due, due + HOUR, missed)
    assert (late.runs, late.asks, late.next) == (missed == "run_once", missed == "ask", None)
