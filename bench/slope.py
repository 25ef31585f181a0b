"""What grows: a straight line through readings, and how far it can be trusted."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

PARTS = 14
"""Readings are taken together in so many parts of the time (of half a minute in ten minutes with
three to warm up): what is read every other second goes up and down together."""

Point = tuple[float, float]
"""When, in seconds, and how much."""


@dataclass(frozen=True)
class Slope:
    """A line's slope.

    Attributes:
        value: per second.
        error: its standard error; infinite for fewer than three points.
    """

    value: float
    error: float

    def per_hour(self) -> list[float | None]:
        """Return slope and error per hour, rounded; None for an error nobody knows."""
        error = round(3_600 * self.error, 2) if math.isfinite(self.error) else None
        return [round(3_600 * self.value, 2), error]


def fit(points: Sequence[Point]) -> Slope:
    """Return the slope of the least-squares line through `points`; 0 for fewer than two."""
    count = len(points)
    if count < 2:
        return Slope(0.0, math.inf)
    middle, height = _mean(points)
    spread = sum((x - middle) ** 2 for x, _ in points)
    if not spread:
        return Slope(0.0, math.inf)
    value = sum((x - middle) * y for x, y in points) / spread
    if count < 3:
        return Slope(value, math.inf)
    rest = sum((y - height - value * (x - middle)) ** 2 for x, y in points)
    return Slope(value, math.sqrt(rest / (count - 2) / spread))


def growth(points: Sequence[Point], since: float) -> Slope:
    """Return the slope of what was read after a moment; each part of the time counts once.

    Taken one by one the readings would make the error look smaller than it is.

    Args:
        points: all readings.
        since: seconds; earlier ones do not count.
    """
    late = [(at, value) for at, value in points if at >= since]
    width = (late[-1][0] - late[0][0]) / PARTS if late else 0.0
    if not width:
        return fit(late)
    parts: dict[int, list[Point]] = defaultdict(list)
    for at, value in late:
        parts[min(int((at - late[0][0]) / width), PARTS - 1)].append((at, value))
    return fit([_mean(part) for part in parts.values()])


def together(series: Sequence[Sequence[Point]]) -> list[Point]:
    """Return the sum of several series, at the moments at which all of them were read."""
    sums: dict[float, list[float]] = defaultdict(list)
    for points in series:
        for at, value in points:
            sums[at].append(value)
    return [(at, sum(values)) for at, values in sums.items() if len(values) == len(series)]


def _mean(points: Sequence[Point]) -> Point:
    at, value = (sum(values) / len(points) for values in zip(*points, strict=True))
    return at, value
