"""A tool named directly: how the words behind its name are read."""

from __future__ import annotations

from typing import Any

import pytest

from processors.agent.direct import parse
from schemas.errors import Invalid
from tests.processors.asked import registry


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("", {}),
        ('{"text": "a", "times": 2}', {"text": "a", "times": 2}),
        ("text=hello times=3", {"text": "hello", "times": 3}),
        ("'two words'", {"text": "two words"}),
        ("hello", {"text": "hello"}),
        ("5", {"text": "5"}),
        ("times=many", {"times": "many"}),
        ("text=a=b", {"text": "a=b"}),
        ("1=2", {"text": "1=2"}),
        ("https://x/?a=b", {"text": "https://x/?a=b"}),
    ],
)
def test_what_can_be_read(text: str, arguments: dict[str, Any]) -> None:
    assert parse(text, registry().get("echo_text")) == arguments


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not valid JSON"),
        ("'open", "cannot be read"),
        ("bogus=1", "echo_text has no argument 'bogus'; it takes text, times"),
        ("text=a bogus=1", "no argument 'bogus'"),
        ("a b", "does not take 'b'; it takes text, times"),
    ],
)
def test_what_cannot(text: str, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        parse(text, registry().get("echo_text"))


def test_a_tool_without_arguments_takes_none() -> None:
    with pytest.raises(Invalid, match="it takes no arguments"):
        parse("x", registry().get("fail_always"))
