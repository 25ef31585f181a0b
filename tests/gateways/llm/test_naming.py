"""The names of tools for providers: always of the letters they take, and always led back."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.llm.base import CallDelta, TextDelta
from gateways.llm.naming import heard, meant, spoken
from schemas.tools import Tier, ToolSpec

TAKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
NAMES = st.from_regex(r"mcp:[a-z][a-z0-9-]{0,31}:[!-~]{1,91}", fullmatch=True)


def spec(name: str) -> ToolSpec:
    return ToolSpec(name=name, description="It.", tier=Tier.YELLOW, timeout=1)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("files_read", "files_read"),
        ("mcp:files:read_text_file", "mcp__files__read_text_file"),
        ("mcp:a-b:getIt", "mcp__a-b__getIt"),
        ("mcp:a:b__c", "mcp__a__b__c"),
    ],
)
def test_a_plain_name_stays_readable(name: str, said: str) -> None:
    assert spoken(name) == said
    assert meant(said, [spec("other"), spec(name)]) == name


@pytest.mark.parametrize(
    "name", ["mcp:a:b.c", "mcp:a:b:c", "mcp:a:b/c", f"mcp:a:{'x' * 91}", "mcp:a:b-0123456789ab"]
)
def test_an_odd_name_is_marked_with_its_hash(name: str) -> None:
    assert re.fullmatch(r"mcp__a__[\w-]*-[0-9a-f]{12}", spoken(name))
    assert spoken(name) != name.replace(":", "__", 2)


def test_a_name_cannot_be_made_to_look_like_another_ones() -> None:
    """A tool that takes the letters which another one is told by is told by other letters."""
    said = spoken("mcp:a:b.c")
    assert spoken(f"mcp:a:{said.removeprefix('mcp__a__')}") != said


@given(NAMES, NAMES)
def test_every_name_is_taken_and_no_two_are_one(one: str, other: str) -> None:
    assert TAKEN.fullmatch(spoken(one))
    assert meant(spoken(one), [spec(one)]) == one
    assert (spoken(one) == spoken(other)) == (one == other)


def test_only_a_call_of_a_tool_that_was_shown_is_led_back() -> None:
    shown = [spec("mcp:a:b")]
    assert heard(CallDelta("mcp__a__b", {"x": 1}), shown) == CallDelta("mcp:a:b", {"x": 1})
    assert heard(CallDelta("mcp__a__c"), shown) == CallDelta("mcp__a__c")
    assert heard(TextDelta("mcp__a__b"), shown) == TextDelta("mcp__a__b")
