"""The form of a foreign tool's arguments, made of few words that every model provider takes.

A foreign schema is anybody's: it may refer to other addresses, be deeper than a provider reads, or
hold what one of them refuses, and then the whole request with all other tools would be refused.
What is made of it here says less, and never more; its server checks the arguments anyway.
"""

from __future__ import annotations

import re
from typing import Any

DEEPEST = 6
"""Levels below the arguments; what is deeper may be anything."""
MOST = 64
"""Arguments, fields of an object and values of a choice."""
LONGEST = 300
"""Characters of a description, and of a value of a choice."""
NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
"""How an argument may be called with all providers."""
KINDS = ("string", "integer", "number", "boolean", "array", "object", "null")

Form = dict[str, Any]


def form(schema: Any) -> Form:
    """Return the form of a tool's arguments: an object that refuses unknown names.

    Args:
        schema: as its server sent it, plain JSON.
    """
    found = _object(schema if isinstance(schema, dict) else {}, DEEPEST)
    return {"type": "object", "properties": {}, **found, "additionalProperties": False}


def _node(schema: Any, deeper: int) -> Form:
    if not isinstance(schema, dict):
        return {}
    schema = _only(schema)
    kind = schema.get("type")
    if isinstance(kind, list):  # one of several: said by no word that all providers take
        plain = [one for one in kind if one != "null"]
        kind = plain[0] if len(plain) == 1 else None
    found: Form = {}
    if isinstance(kind, str) and kind in KINDS:
        found["type"] = kind
    words = schema.get("description")
    if isinstance(words, str):
        found["description"] = words[:LONGEST]
    choice = schema.get("enum")
    if kind == "string" and isinstance(choice, list) and 0 < len(choice) <= MOST:
        values = [one for one in choice if isinstance(one, str) and 0 < len(one) <= LONGEST]
        if len(values) == len(choice):
            found["enum"] = values
    if deeper > 0 and kind == "array":
        found["items"] = _node(schema.get("items"), deeper - 1)
    if deeper > 0 and kind == "object":
        found |= _object(schema, deeper - 1)
    return found


def _object(schema: Form, deeper: int) -> Form:
    properties = schema.get("properties")
    if not isinstance(properties, dict) or not properties:
        return {}
    named = [name for name in properties if NAME.fullmatch(name)][:MOST]
    needed = schema.get("required")
    must = [name for name in named if isinstance(needed, list) and name in needed]
    found: Form = {"properties": {name: _node(properties[name], deeper) for name in named}}
    return {**found, "required": must} if must else found


def _only(schema: Form) -> Form:
    """Return the one form that is no null of several, with the words about it; else the schema."""
    several = schema.get("anyOf") or schema.get("oneOf")
    if not isinstance(several, list):
        return schema
    plain = [one for one in several if isinstance(one, dict) and one.get("type") != "null"]
    return {**plain[0], **schema} if len(plain) == 1 else schema
