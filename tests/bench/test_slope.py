"""A slope is that of the line, and says how far it can be trusted."""

from __future__ import annotations

import math
import random

from bench.slope import Slope, fit, growth, together


def test_a_slope_is_that_of_the_line() -> None:
    assert fit([(x, 3 * x + 7) for x in range(10)]) == Slope(3, 0)
    assert fit([(1, 1)]) == fit([(1, 1), (1, 5)]) == Slope(0, math.inf)
    assert fit([(0, 1), (2, 5)]) == Slope(2, math.inf)
    assert Slope(2, math.inf).per_hour() == [7_200, None]


def test_the_error_is_about_as_large_as_what_chance_does() -> None:
    chance = random.Random(1)
    found = [fit([(x, chance.gauss(0, 1)) for x in range(50)]) for _ in range(300)]
    spread = math.sqrt(sum(slope.value**2 for slope in found) / len(found))
    assert 0.9 < spread / (sum(slope.error for slope in found) / len(found)) < 1.1


def test_what_came_before_the_moment_does_not_count() -> None:
    warming = [(float(x), 10.0 * x) for x in range(100)]
    flat = [(100.0 + x, 1_000.0) for x in range(400)]
    assert abs(growth(warming + flat, 100).value) < 1e-9
    assert growth(warming + flat, 0).value > 1
    assert growth(warming, 100) == Slope(0, math.inf)


def test_readings_that_hang_together_do_not_look_surer_than_they_are() -> None:
    """A saw-tooth of a minute is no growth; its single readings would swear that it is."""
    readings = [(float(x), (x % 60) / 60) for x in range(0, 420, 2)]
    apart, taken = fit(readings), growth(readings, 0)
    assert taken.error > apart.error
    assert abs(taken.value) < 2 * taken.error


def test_only_whole_moments_are_summed() -> None:
    assert together([[(1, 10), (2, 11)], [(1, 5)], [(1, 1), (2, 1)]]) == [(1, 16)]
