"""What is said of each call against what the witness saw: every contradiction is seen."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from ops.chaos import script, witness
from ops.chaos.judge import EFFECTS, Called, judge
from ops.settings import every, stand_alone

FINE = [
    (Called("a", "witness_mark", "done"), {"a": 1}),
    (Called("a", "witness_mark", "unknown", tries=2, told=True), {"a": 1}),
    (Called("a", "witness_mark", "unknown", tries=2, told=True), {}),
    (Called("a", "witness_set", "done", tries=3), {"a": 1}),
]
WRONG = [
    (Called("a", "witness_mark", "done"), {}, "missing"),
    (Called("a", "witness_mark", "failed"), {"a": 1}, "stray"),
    (Called("b", "witness_mark", "done"), {"a": 1, "b": 1}, "stray"),
    (Called("a", "witness_mark", "unknown", told=True), {"a": 1}, "misreported"),
    (Called("a", "witness_mark", "unknown", tries=2), {"a": 1}, "misreported"),
    (Called("a", "witness_mark", "done", tries=2), {"a": 1}, "misreported"),
    (Called("a", "witness_mark", "done", again=1), {"a": 1}, "misreported"),
    (Called("a", "witness_set", "unknown", tries=2, told=True), {"a": 1}, "misreported"),
    (Called("a", "witness_set", ""), {"a": 1}, "misreported"),
]


@pytest.mark.parametrize(("one", "book"), FINE)
def test_what_agrees_is_fine(one: Called, book: dict[str, int]) -> None:
    found = asdict(judge([one], book))
    assert {key for key, count in found.items() if count} <= {"effects_max", "unknown"}
    assert found["effects_max"] <= 1


@pytest.mark.parametrize(("one", "book", "fault"), WRONG)
def test_each_contradiction_is_seen(one: Called, book: dict[str, int], fault: str) -> None:
    found = asdict(judge([one], book))
    assert found[fault] == 1


def test_two_effects_of_one_call_are_seen() -> None:
    assert judge([FINE[0][0]], {"a": 2}).effects_max == 2


def test_the_book_counts_a_set_once_and_each_mark(tmp_path: Path) -> None:
    book = tmp_path / "book"
    book.write_text("mark a\nmark a\nset b\nagain b\n")
    assert witness.effects(book) == {"a": 2, "b": 1}


def test_a_turn_has_one_to_four_calls_and_half_of_them_have_an_effect() -> None:
    for number in range(300):
        tools = [tool for step in script.steps("7", f"turn {number}") for tool in step]
        assert 1 <= len(tools) <= 4
        assert 2 * sum(tool in EFFECTS for tool in tools) >= len(tools)
    assert script.steps("7", "turn 1") == script.steps("7", "turn 1")


def test_it_stands_alone() -> None:
    """No variable of the owner's reaches the system of its own."""
    environment = {setting.variable: "x" for setting in every()} | {"HOME": "/home/me"}
    assert "REDIS_URL" in environment
    stand_alone(environment)
    assert environment == {"HOME": "/home/me"}
