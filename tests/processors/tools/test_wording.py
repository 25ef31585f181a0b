"""Words for numbers stay true within one percent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.tools.wording import (
    counted,
    listed,
    moment,
    name,
    share,
    sized,
    span,
)

UNITS = {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "PB": 1e15}


@given(st.integers(min_value=0, max_value=10**18))
def test_sizes_are_true_within_one_percent(count: int) -> None:
    number, unit = sized(count).split()
    assert float(number) * UNITS[unit] == pytest.approx(count, rel=0.01)


def test_the_rest() -> None:
    assert span(0) == "0 seconds"
    assert span(90_061) == "1 day 1 hour"
    assert counted(1, "entry", "entries") == "1 entry"
    assert counted(2, "entry", "entries") == "2 entries"
    assert share(1, 3) == "33 %"
    assert share(1, 0) == "0 %"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(list("abcdefg")) == "a, b, c, d, e and 2 more"
    assert name("a\nb\x1b") == "a\\x0ab\\x1b"
    assert moment(1e30) == "unknown"
    assert moment(0) == "1970-01-01 00:00"
