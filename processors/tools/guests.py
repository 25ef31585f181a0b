"""Tools that come and go while the house runs: those of foreign servers, under their own names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from processors.tools.arguments import MAX_PROBLEMS, Takes, as_json
from processors.tools.declare import Tell, Tool
from schemas.errors import Invalid


@dataclass(frozen=True, slots=True)
class Guest:
    """A tool that is there at this moment.

    Attributes:
        tool: what it is; its function and all that looks at its call take `arguments` as a whole.
        takes: what its arguments are.
    """

    tool: Tool
    takes: Takes


class Guests(Protocol):
    """Which guests there are."""

    def now(self) -> Mapping[str, Guest]:
        """Return them by their names: the same object for as long as nothing about them changed."""
        ...


class Nobody:
    """No guest ever comes."""

    def __init__(self) -> None:
        self._none: dict[str, Guest] = {}

    def now(self) -> Mapping[str, Guest]:
        """Return none."""
        return self._none


@dataclass(frozen=True, slots=True)
class Form:
    """The arguments of a foreign tool: their names are checked here, the rest by its server.

    Nothing of a foreign schema is run: its patterns and references are anybody's.

    Attributes:
        schema: the JSON schema that a model sees, whose `properties` and `required` count.
    """

    schema: dict[str, Any]
    injected: Mapping[str, Any] = field(default_factory=dict)

    def bind(
        self,
        name: str,
        arguments: Mapping[str, Any],
        key: str = "",
        tell: Tell | None = None,
        person: str = "",
    ) -> dict[str, Any]:
        """Check what a model wished; a foreign tool is given nothing of the house.

        Raises:
            Invalid: with a sentence per mistake that a model can act on.
        """
        return self.check(name, arguments)

    def check(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Check what a model wished; it stays one object.

        Args:
            name: the tool's name, for the error text.
            arguments: the wish, as it came out of JSON.

        Raises:
            Invalid: with a sentence per mistake that a model can act on.
        """
        plain: dict[str, Any] = json.loads(as_json(name, arguments))
        known, needed = self.schema.get("properties", {}), self.schema.get("required", ())
        problems = [f"there is no argument {one[:80]!r}" for one in plain if one not in known]
        problems += [f"argument {one!r} is missing" for one in needed if one not in plain]
        if problems:
            takes = ", ".join(known) or "none at all"
            told = "; ".join(problems[:MAX_PROBLEMS])
            raise Invalid(f"{name}: {told} (it takes: {takes})")
        return {"arguments": plain}
