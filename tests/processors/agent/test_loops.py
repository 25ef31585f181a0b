"""Circles are noticed, and only circles."""

from __future__ import annotations

import pytest

from processors.agent.loops import circles
from schemas.record import Entry, Observed, Thought, ToolCall
from tests.processors.asked import record, steps


@pytest.mark.parametrize(
    ("texts", "closed"),
    [
        ("aaa", [2]),
        ("aaaa", [2, 3]),
        ("abab", [3]),
        ("ababab", [3, 4, 5]),
        ("abcabca", [6]),
        ("aa", []),
        ("aabb", []),
        ("abca", []),
        ("abcdef", []),
    ],
)
def test_what_is_a_circle(texts: str, closed: list[int]) -> None:
    assert list(circles(record("q", *steps(*texts)))) == closed


def test_another_result_is_another_matter() -> None:
    """Who waits for something to change asks the same again."""
    found: list[Entry] = [
        one.model_copy(update={"content": f"{one.step} %"}) if isinstance(one, Observed) else one
        for one in steps("a", "a", "a", "a")
    ]
    # Four equal steps do not take turns either.
    assert circles(record("q", *found)) == {}


def test_calls_that_are_still_open_are_none() -> None:
    call = ToolCall(call_id="c", tool="echo_text", arguments={"text": "a"})
    open_calls = [Thought(step=step, model="m", calls=(call,)) for step in range(3)]
    assert circles(record("q", *open_calls)) == {}


def test_the_order_of_arguments_makes_no_difference() -> None:
    entries: list[Entry] = []
    for step, arguments in enumerate(({"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": 1, "b": 2})):
        call = ToolCall(call_id=f"c{step}", tool="t", arguments=arguments)
        seen = Observed(step=step, index=0, call_id=f"c{step}", tool="t", ok=True, content="x")
        entries += [Thought(step=step, model="m", calls=(call,)), seen]
    assert circles(record("q", *entries)) == {2: "t brought the same result 3 times"}
