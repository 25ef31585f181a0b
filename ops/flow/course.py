"""What a stage did lately, from counters that only go up: rates, errors, the slow end."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from streams.metrics import BUCKETS, Tally

STEP = 30.0
"""Seconds between two notes."""
KEPT = 121
"""Notes that are kept: an hour."""
SHOWN = 20
"""Steps that a course shows: ten minutes."""
TAIL = 0.95


@dataclass(frozen=True, slots=True)
class Note:
    """The counters of one stage at one moment."""

    buckets: tuple[int, ...]
    errors: int

    @classmethod
    def of(cls, tally: Tally) -> Note:
        """Note what a tally says now."""
        return cls(tuple(tally.buckets), sum(tally.errors.values()))


class Course:
    """The notes of one stage, the oldest first; never more than an hour of them."""

    def __init__(self, first: Note) -> None:
        self._notes: deque[Note] = deque([first], maxlen=KEPT)

    def add(self, note: Note) -> None:
        """Remember another, `STEP` seconds after the last."""
        self._notes.append(note)

    def per_minute(self, now: Note) -> float:
        """How many messages were worked off in the last minute or so."""
        before, steps = self._before(2)
        done = sum(now.buckets) - sum(before.buckets)
        return done * 60 / (STEP * max(steps, 1))

    def errors(self, now: Note) -> int:
        """How many tries went wrong in the last hour."""
        return now.errors - self._notes[0].errors

    def p95_ms(self, now: Note) -> float | None:
        """The slow end of the last ten minutes."""
        return slow_end(self._before(SHOWN)[0].buckets, now.buckets)

    def steps(self) -> tuple[float | None, ...]:
        """The slow end of each of the last steps, oldest first."""
        recent = list(self._notes)[-SHOWN - 1 :]
        known = [slow_end(one.buckets, other.buckets) for one, other in pairwise(recent)]
        return (*(None,) * (SHOWN - len(known)), *known)

    def _before(self, steps: int) -> tuple[Note, int]:
        """Return the note that many steps back, or the first, and how many steps that is."""
        steps = min(steps, len(self._notes))
        return self._notes[-steps], steps


def slow_end(before: Sequence[int], now: Sequence[int]) -> float | None:
    """Return within how many milliseconds 95 of 100 were done between two counts.

    Within a bucket the times are taken to lie evenly; beyond the last bound it is the bound.
    """
    counts = [b - a for a, b in zip(before, now, strict=True)]
    wanted = TAIL * sum(counts)
    if wanted <= 0:
        return None
    passed, low = 0, 0.0
    for count, high in zip(counts, (*BUCKETS, BUCKETS[-1]), strict=True):
        if count and passed + count >= wanted:
            return round(1_000 * (low + (high - low) * (wanted - passed) / count), 2)
        passed, low = passed + count, high
    return round(1_000 * BUCKETS[-1], 2)
