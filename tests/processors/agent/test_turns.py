"""What a step wishes is named, and can be read again from the record."""

from __future__ import annotations

from typing import Any

import pytest

from processors.agent.turns import calls_of
from schemas.record import Routed, entries


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
