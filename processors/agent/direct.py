"""A tool named directly: `!docker_list`, `!files_list path=Documents`, or JSON behind the name."""

from __future__ import annotations

import re
import shlex
from typing import Any

import orjson

from schemas.errors import Invalid
from schemas.tools import ToolSpec

NAME = re.compile(r"[a-z_][a-z0-9_]*")
"""How the name of an argument looks: what looks so before a `=` is meant as one."""


def parse(text: str, spec: ToolSpec) -> dict[str, Any]:
    """Read the arguments behind a tool's name.

    Args:
        text: what follows the name: nothing, a JSON object, `name=value` words, or one bare
            value for the tool's first parameter. A value with `name=` in front of it is written in
            JSON, or behind its own parameter's name.
        spec: the tool.

    Raises:
        Invalid: it is none of these; the text says what the tool takes.
    """
    text = text.strip()
    properties: dict[str, Any] = spec.parameters.get("properties", {})
    if text.startswith("{"):
        try:
            found = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise Invalid(f"The arguments of {spec.name} are not valid JSON: {error}.") from None
        assert isinstance(found, dict)
        return found
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise Invalid(f"The arguments of {spec.name} cannot be read: {error}.") from None
    arguments: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if equals and name in properties:
            arguments[name] = _typed(value, properties[name])
        elif equals and NAME.fullmatch(name):
            takes = ", ".join(properties) or "no arguments"
            raise Invalid(f"{spec.name} has no argument {name[:60]!r}; it takes {takes}.")
        elif properties and not arguments:
            first = next(iter(properties))
            arguments[first] = _typed(word, properties[first])
        else:
            takes = ", ".join(properties) or "no arguments"
            raise Invalid(f"{spec.name} does not take {word[:60]!r}; it takes {takes}.")
    return arguments


def _typed(value: str, schema: dict[str, Any]) -> Any:
    """Read a word as what the parameter wants, or leave it for the validation to refuse."""
    kinds = {schema.get("type"), *(option.get("type") for option in schema.get("anyOf", ()))}
    if kinds & {"integer", "number", "boolean", "array", "object"}:
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value
