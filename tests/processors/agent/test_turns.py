"""What a step wishes is named, and can be read again from the record."""

from __future__ import annotations

from typing import Any

import pytest

from processors.agent.turns import Limits, calls_of
from schemas.record import Routed, Thought, Usage, entries
from tests.processors.asked import record


def _nested(levels: int) -> dict[str, Any]:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return {"x": value}


@pytest.mark.parametrize("levels", [1, 60, 65, 198, 210, 255, 256, 1_000, 100_000])
def test_whatever_is_wished_can_be_written_and_read_again(levels: int) -> None:
    calls = calls_of("t", 0, [("time_now", _nested(levels))])
    routed = Routed(way="direct", tier="flash", calls=calls)
    assert entries.validate_json(routed.model_dump_json()) == routed
    assert (calls[0].arguments == _nested(levels)) is (levels <= 60)


def test_the_same_call_has_the_same_name() -> None:
    wishes: list[tuple[str, dict[str, Any]]] = [("a", {}), ("a", {})]
    first = calls_of("t", 0, wishes)
    assert first == calls_of("t", 0, wishes)
    assert first[0].call_id != first[1].call_id


@pytest.mark.parametrize(
    ("usual", "own", "wanted"),
    [(0, None, 0), (7, None, 7), (0, 5, 5), (7, 5, 5), (7, 9, 7)],
)
def test_a_turn_may_cost_less_than_others_and_never_more(
    usual: int, own: int | None, wanted: int
) -> None:
    limits = Limits(cost=usual).of(record("hello", most_cost=own))
    assert limits.cost == wanted


def test_a_turn_that_has_cost_what_it_may_goes_on_no_more() -> None:
    thought = Thought(step=0, model="m", usage=Usage(cost=5))
    turn = record("hello", thought, most_cost=5)
    assert "has cost" in (Limits().of(turn).reached(turn, turn.asked.at) or "")
    other = record("hello", thought)
    assert Limits().of(other).reached(other, other.asked.at) is None
