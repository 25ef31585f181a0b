"""How many tokens something is, about: every provider counts in its own way, and none is asked."""

from __future__ import annotations

import json
from typing import Any

from schemas.tools import ToolSpec

BYTES = 3.5
"""Of UTF-8 to a token: English prose has more, JSON and German have less."""


def tokens_of(text: str) -> int:
    """Return about how many tokens a text is."""
    return round(len(text.encode("utf-8", "replace")) / BYTES) + 1


def tokens_of_json(value: Any) -> int:
    """Return about how many tokens a structure is."""
    return tokens_of(json.dumps(value, ensure_ascii=False, default=str))


def tokens_of_tool(spec: ToolSpec) -> int:
    """Return about how many tokens a model reads to know a tool."""
    return tokens_of(f"{spec.name} {spec.description}") + tokens_of_json(spec.parameters)
