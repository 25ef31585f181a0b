"""A condition says yes or no, or that it cannot; nothing that an event holds makes it take long."""

from __future__ import annotations

import pytest

from processors.events.condition import MOST_VALUES, Condition, Unclear
from schemas.errors import Invalid
from tests.processors.events.told import happened


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("data.free < 5", True),
        ("data.free < 0.5", False),
        ("data.path == '/' && event.type.startsWith('disk')", True),
        ("has(data.nope) && data.nope > 1", False),
        ("data.parts.exists(one, one.name == 'b')", True),
        ("data.parts.all(one, one.name == 'b')", False),
        ("'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'.matches('^(x+x+)+y$')", False),
        ("event.person == 'owner'", True),
        ("data.text == '.map('", True),
        ("data.link == 'http://x'", False),
    ],
)
def test_it_says_yes_or_no(text: str, yes: bool) -> None:
    event = happened(path="/", free=1, parts=[{"name": "a"}, {"name": "b"}], text=".map(", link="")
    assert Condition(text).holds(event) is yes


@pytest.mark.parametrize(
    "text",
    ["data.nope > 1", "data.free / 0 == 1", "data.path > 1", "data.path", "data.free + 'a' == 'b'"],
)
def test_what_has_no_answer_is_no_yes(text: str) -> None:
    with pytest.raises(Unclear):
        Condition(text).holds(happened(path="/", free=1))


@pytest.mark.parametrize(
    "text",
    [
        "1 +",
        "1 + 1",
        "nobody.knows",
        "__import__('os')",
        "data.x == 1" * 200,
        "(" * 200 + "true" + ")" * 200,
        "data.a.all(x, data.a.all(y, x == y))",
        "data.a.map(x, data.a.filter(y, y == x)) == []",
        " && ".join(["data.a.exists(x, x == 1)"] * 4),
        "data.a.all(x, '''.all(''' == x)",
        "data.a.all(x, data.a.// a walk\nall(y, data.a.//\nall(z, x == y && y == z)))",
        "data.a.all // a walk\n(x, data.a.all //\n(y, x == y))",
    ],
)
def test_what_is_none_or_could_take_long_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        Condition(text)


def test_an_event_with_very_many_values_is_not_judged() -> None:
    with pytest.raises(Unclear, match=str(MOST_VALUES)):
        Condition("data.a.all(x, x == 1)").holds(happened(a=[1] * MOST_VALUES))
    assert Condition("data.a.all(x, x == 1)").holds(happened(a=[1] * (MOST_VALUES - 10)))
