"""Rates and the slow end, from counters."""

from __future__ import annotations

import pytest

from ops.flow.course import KEPT, SHOWN, STEP, Course, Note, slow_end
from streams.metrics import BUCKETS, Tally

NOTHING = (0,) * (len(BUCKETS) + 1)


def tally(*seconds: float) -> Tally:
    """A stage that worked for these times."""
    found = Tally("think", lambda: 0)
    for each in seconds:
        found.worked(each)
    return found


def test_the_slow_end_lies_in_the_bucket_of_the_slowest_few() -> None:
    quick = tally(*[0.003] * 99, 4.0)
    assert slow_end(NOTHING, quick.buckets) == pytest.approx(4.9, abs=0.2)
    slow = tally(*[0.003] * 80, *[4.0] * 20)
    assert slow_end(NOTHING, slow.buckets) == pytest.approx(4_000, abs=1_000)
    assert slow_end(NOTHING, NOTHING) is None
    assert slow_end(NOTHING, tally(1_000.0).buckets) == BUCKETS[-1] * 1_000


def test_only_what_was_done_since_counts() -> None:
    stage = tally(*[100.0] * 50)
    course = Course(Note.of(stage))
    assert course.p95_ms(Note.of(stage)) is None
    for _ in range(10):
        stage.worked(0.004)
    now = Note.of(stage)
    assert course.p95_ms(now) == pytest.approx(4.9, abs=0.2)
    assert course.per_minute(now) == 10 * 60 / STEP
    stage.errors["Bug"] += 3
    assert course.errors(Note.of(stage)) == 3


def test_an_hour_is_kept_and_no_more() -> None:
    stage = tally()
    course = Course(Note.of(stage))
    for step in range(KEPT * 3):
        stage.errors["Bug"] += 1
        if step % 2:
            stage.worked(0.004)
        course.add(Note.of(stage))
    assert course.errors(Note.of(stage)) == KEPT - 1
    assert len(course.steps()) == SHOWN
    assert course.steps()[0] is not None or course.steps()[1] is not None
    assert course.per_minute(Note.of(stage)) == pytest.approx(60 / STEP / 2, abs=60 / STEP / 2)
