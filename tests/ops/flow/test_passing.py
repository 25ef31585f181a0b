"""Messages that passed: counted where they are sent, or by Redis, and never made up."""

from __future__ import annotations

import pytest

from ops.flow.passing import Passing
from processors.pipeline import STAGES
from streams import metrics
from streams.census import Count
from streams.metrics import Tally
from streams.topology import graph

ALL = tuple(stage.name for stage in STAGES)


@pytest.fixture
def tallies(monkeypatch: pytest.MonkeyPatch) -> dict[str, Tally]:
    """The stages of this process, and nobody else's."""
    found = {name: Tally(name, lambda: 0) for name in ALL}
    monkeypatch.setattr(metrics.STAGES, "tallies", list(found.values()))
    return found


def added(**topics: int) -> dict[str, Count]:
    """What Redis counts."""
    return {name: Count(0, 0, None, {}, number) for name, number in topics.items()}


def test_a_stage_of_this_process_says_what_it_sent(tallies: dict[str, Tally]) -> None:
    passing = Passing(graph(STAGES))
    tallies["route"].sent["think"] = 3
    found = passing.count(ALL, added(think=10))
    assert (found["route", "think"], found["tool", "think"]) == (3, 0)
    # Two came that nobody here sent: the tool's, whose last call of a step sends.
    found = passing.count(ALL, added(think=12))
    assert (found["route", "think"], found["tool", "think"]) == (3, 2)


def test_what_only_redis_saw_is_the_one_others(tallies: dict[str, Tally]) -> None:
    passing = Passing(graph(STAGES))
    here = [name for name in ALL if name != "respond"]
    passing.count(here, added(outbox=100))
    assert passing.count(here, added(outbox=104))["respond", "outbox"] == 4


def test_of_several_elsewhere_nobody_can_tell(tallies: dict[str, Tally]) -> None:
    passing = Passing(graph(STAGES))
    passing.count([], added(think=10, respond=10))
    found = passing.count([], added(think=20, respond=20))
    assert ("route", "think") not in found
    assert ("think", "respond") not in found


def test_a_minute_of_them_is_a_rate(tallies: dict[str, Tally]) -> None:
    passing = Passing(graph(STAGES))
    for number in range(1, 9):
        tallies["route"].sent["think"] = number
        passing.count(ALL, {})
        passing.note()
    assert passing.per_minute(("route", "think")) == 1.0
    assert passing.per_minute(("think", "tool")) == 0.0


def test_it_only_grows(tallies: dict[str, Tally]) -> None:
    passing = Passing(graph(STAGES))
    tallies["route"].sent["think"] = 5
    passing.count(ALL, {})
    tallies["route"].sent["think"] = 1
    assert passing.count(ALL, {})["route", "think"] == 5
