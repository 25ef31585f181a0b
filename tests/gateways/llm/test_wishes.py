"""Wishes: a call counts when all of it was said."""

from __future__ import annotations

import pytest

from gateways.llm.faults import Garbled
from gateways.llm.wishes import Wishes


def wishes(*pieces: str) -> Wishes:
    found = Wishes()
    found.begin("1", "time_now")
    for piece in pieces:
        found.piece("1", piece)
    return found


def test_who_says_nothing_wants_no_arguments() -> None:
    assert wishes().whole() == [("1", "time_now", {})]
    assert wishes("").whole() == [("1", "time_now", {})]


@pytest.mark.parametrize("pieces", [(), ("",)])
def test_who_was_cut_off_had_not_begun_to_say_them(pieces: tuple[str, ...]) -> None:
    with pytest.raises(Garbled, match="cut before the arguments of time_now"):
        wishes(*pieces).whole(cut=True)


def test_what_was_said_to_its_end_counts_however_the_answer_ended() -> None:
    assert wishes('{"zone":', '"UTC"}').whole(cut=True) == [("1", "time_now", {"zone": "UTC"})]
    with pytest.raises(Garbled, match="no JSON"):
        wishes('{"zone":').whole(cut=True)
