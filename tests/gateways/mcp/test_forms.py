"""Forms of foreign arguments: of few words, bounded, and never more than was said."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.mcp.forms import DEEPEST, KINDS, LONGEST, MOST, form

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda one: (
        st.lists(one, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "properties", "items", "enum", "required", "anyOf", "a", '"']),
            one | st.sampled_from(KINDS),
            max_size=4,
        )
    ),
)


def test_what_every_provider_takes_is_kept() -> None:
    path = {"type": "string", "description": "Where."}
    how = {"type": "string", "enum": ["a", "b"]}
    lines = {"type": "array", "items": {"type": "integer"}}
    schema = {"type": "object", "properties": {"path": path, "how": how, "lines": lines}}
    found = form({**schema, "required": ["path"]})
    assert found == {**schema, "required": ["path"], "additionalProperties": False}


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"$ref": "http://127.0.0.1/x"}, {}),
        ({"type": "string", "pattern": "(a+)+$", "format": "x"}, {"type": "string"}),
        ({"type": ["string", "null"]}, {"type": "string"}),
        ({"type": ["string", "integer"]}, {}),
        ({"type": "magic"}, {}),
        ({"type": "string", "enum": [1, "a"]}, {"type": "string"}),
        ({"type": "string", "enum": ["a"] * (MOST + 1)}, {"type": "string"}),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"type": "string"}),
        ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, {}),
        ("a text", {}),
        ({"description": "x" * 10_000}, {"description": "x" * LONGEST}),
    ],
)
def test_what_one_of_them_may_refuse_is_left_out(said: Any, kept: Any) -> None:
    assert form({"properties": {"it": said}})["properties"] == {"it": kept}


def test_it_is_bounded() -> None:
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(50):
        deep = {"type": "object", "properties": {"in": deep}}
    assert json.dumps(form(deep)).count('"in"') == DEEPEST + 1
    wide = form({"properties": {f"p{n}": {} for n in range(5_000)}, "required": ["p1", "p4999"]})
    assert len(wide["properties"]) == MOST
    assert wide["required"] == ["p1"]
    odd = form({"properties": {"": {}, "x" * 65: {}, "$a": {}, "a b": {}, "ü": {}, "fine": {}}})
    assert list(odd["properties"]) == ["fine"]


@given(JSON)
def test_whatever_is_sent_becomes_the_form_of_an_object(schema: Any) -> None:
    found = form(schema)
    assert found["type"] == "object"
    assert found["additionalProperties"] is False
    assert set(found) <= {"type", "properties", "required", "additionalProperties"}
