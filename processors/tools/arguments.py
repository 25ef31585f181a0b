"""From a function's signature to the schema of its arguments, and from a model's wish to values."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model
from pydantic.errors import PydanticSchemaGenerationError

from processors.tools.declare import Asker, CallKey, Tell, Tool
from schemas.errors import Invalid

MAX_PROBLEMS = 5
"""How many mistakes are named at once; a model fixes the first few and tries again."""


class Takes(Protocol):
    """What a tool takes: what a model may say, and what the house adds."""

    @property
    def injected(self) -> Mapping[str, Any]:
        """What the house gives, by the name of the parameter."""
        ...

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema that a model sees."""
        ...

    def bind(
        self,
        name: str,
        arguments: Mapping[str, Any],
        key: str = "",
        tell: Tell | None = None,
        person: str = "",
    ) -> dict[str, Any]:
        """Check what a model wished and add what the house gives."""
        ...

    def check(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Check what a model wished; every argument is there afterwards, also those left out."""
        ...


@dataclass(frozen=True, slots=True)
class Signature:
    """The arguments of one tool: what a model may say, and what the house adds."""

    model: type[BaseModel]
    injected: dict[str, Any]
    keyed: tuple[str, ...] = ()
    """Parameters that take the call's key."""
    telling: tuple[str, ...] = ()
    """Parameters that take who hears of its progress."""
    asking: tuple[str, ...] = ()
    """Parameters that take in whose name it is called."""

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema that a model sees."""
        schema: dict[str, Any] = _untitled(self.model.model_json_schema())
        return schema

    def bind(
        self,
        name: str,
        arguments: Mapping[str, Any],
        key: str = "",
        tell: Tell | None = None,
        person: str = "",
    ) -> dict[str, Any]:
        """Check what a model wished and add what the house gives.

        Args:
            name: the tool's name, for the error text.
            arguments: the wish, as it came out of JSON.
            key: the call's idempotency key.
            tell: who hears how far it is.
            person: in whose name it is called.

        Raises:
            Invalid: with a sentence per mistake that a model can act on.
        """
        return {
            **self.check(name, arguments),
            **self.injected,
            **{parameter: CallKey(key) for parameter in self.keyed},
            **{parameter: tell or Tell() for parameter in self.telling},
            **{parameter: _asker(person) for parameter in self.asking},
        }

    def check(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Check what a model wished; every argument is there afterwards, also those left out.

        Args:
            name: the tool's name, for the error text.
            arguments: the wish, as it came out of JSON.

        Raises:
            Invalid: with a sentence per mistake that a model can act on.
        """
        # By way of JSON: strict there means "a JSON number for an int", while lists, dates and
        # enums still arrive in the only form JSON has for them.
        wish = as_json(name, arguments)
        try:
            checked = self.model.model_validate_json(wish, strict=True)
        except ValidationError as error:
            raise Invalid(f"{name}: {self._explain(error)}") from error
        return {key: getattr(checked, key) for key in type(checked).model_fields}

    def _explain(self, error: ValidationError) -> str:
        problems = []
        for problem in error.errors(include_url=False, include_input=False)[:MAX_PROBLEMS]:
            where = ".".join(str(part) for part in problem["loc"])[:80] or "the arguments"
            if problem["type"] == "extra_forbidden":
                known = ", ".join(self.model.model_fields) or "none at all"
                problems.append(f"there is no argument {where!r} (it takes: {known})")
            elif problem["type"] == "missing":
                problems.append(f"argument {where!r} is missing")
            else:
                problems.append(f"argument {where!r}: {problem['msg']}")
        return "; ".join(problems)


def as_json(name: str, arguments: Mapping[str, Any]) -> str:
    """Return what a model wished as JSON.

    Args:
        name: the tool's name, for the error text.
        arguments: the wish.

    Raises:
        Invalid: there is something in it that JSON has not.
    """
    try:
        return json.dumps(dict(arguments), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise Invalid(f"{name}: the arguments are not plain JSON") from error


def signature_of(tool: Tool, resources: Mapping[type, Any]) -> Signature:
    """Read a tool's signature.

    Args:
        tool: the tool.
        resources: what the house can give, by type; parameters of such a type are injected
            and no model ever sees them.

    Raises:
        TypeError: a parameter has no annotation, or needs something that is not in `resources`.
    """
    hints = get_type_hints(tool.function, include_extras=True)
    fields: dict[str, Any] = {}
    injected: dict[str, Any] = {}
    keyed: list[str] = []
    telling: list[str] = []
    asking: list[str] = []
    for name, parameter in inspect.signature(tool.function).parameters.items():
        if name not in hints:
            raise TypeError(f"tool {tool.name}: parameter {name} has no type")
        hint = hints[name]
        if hint is CallKey:
            keyed.append(name)
        elif hint is Tell:
            telling.append(name)
        elif hint is Asker:
            asking.append(name)
        elif isinstance(hint, type) and hint in resources:
            injected[name] = resources[hint]
        elif _is_worldly(hint):
            raise TypeError(f"tool {tool.name} needs a resource nobody gave: {hint.__name__}")
        else:
            default = ... if parameter.default is parameter.empty else parameter.default
            fields[name] = (hint, default)
    try:
        model = create_model(
            tool.name, __config__=ConfigDict(extra="forbid", allow_inf_nan=False), **fields
        )
    except PydanticSchemaGenerationError as error:
        raise TypeError(f"tool {tool.name} needs a resource nobody gave: {error}") from error
    return Signature(model, injected, tuple(keyed), tuple(telling), tuple(asking))


def _asker(person: str) -> Asker:
    return person if isinstance(person, Asker) else Asker(person)


def _is_worldly(hint: Any) -> bool:
    # A class that is no plain value is meant to be given by the house. Pydantic would take a
    # dataclass for an argument, and a model could then make up its own list of open folders.
    if not isinstance(hint, type) or hint.__module__ == "builtins":
        return False
    return not issubclass(hint, BaseModel | Enum)


def _untitled(node: Any) -> Any:
    # Generated titles repeat the names and cost tokens in every prompt.
    if isinstance(node, list):
        return [_untitled(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: {name: _untitled(value) for name, value in item.items()}
        if key == "properties"
        else _untitled(item)
        for key, item in node.items()
        if key != "title"
    }
