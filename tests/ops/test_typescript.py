"""What the page knows of our messages is what they are."""

from __future__ import annotations

from typing import Any

import pytest

from ops import typescript
from schemas.web import Ask, Models, Turn


def test_the_types_of_the_page_are_up_to_date() -> None:
    assert typescript.FILE.read_text(encoding="utf-8") == typescript.page(), "run `make types`"


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, "string"),
        ({"type": "integer"}, "number"),
        ({"type": "array", "items": {"type": "string"}}, "string[]"),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, '("a" | "b")[]'),
        ({"type": "array", "prefixItems": [{"type": "null"}]}, "[null]"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string | null"),
        ({"const": "done"}, '"done"'),
        ({"$ref": "#/$defs/Turn"}, "Turn"),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "Record<string, number>"),
        ({"type": "object"}, "Record<string, unknown>"),
        ({}, "unknown"),
    ],
)
def test_a_schema_becomes_a_type(schema: dict[str, Any], expected: str) -> None:
    assert typescript.typed(schema) == expected


def test_a_word_that_is_not_known_is_an_error() -> None:
    with pytest.raises(ValueError, match="no TypeScript"):
        typescript.typed({"type": "colour"})


def test_what_is_given_is_whole_and_what_is_taken_may_lack_defaults() -> None:
    given = typescript.definitions((Turn, Models), given=True)["Turn"]
    assert "  behind: number | null;" in typescript.declaration("Turn", given, whole=True)
    taken = typescript.definitions((Ask, Turn), given=False)["Ask"]
    shown = typescript.declaration("Ask", taken, whole=False)
    assert "  text: string;" in shown
    assert "  tier?: string | null;" in shown
    assert shown.startswith("/** Say something in a conversation, or begin one. */")


def test_a_description_cannot_end_its_comment() -> None:
    assert typescript.comment("a */ b") == "/** a * / b */\n"
