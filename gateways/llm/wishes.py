"""The tool calls of one answer, from their pieces; none counts before all are whole."""

from __future__ import annotations

import json
from typing import Any

from gateways.llm.faults import Garbled, quoted

MOST = 65_536
"""Characters of one call's arguments."""
CALLS = 64
"""Calls of one answer."""


class Wishes:
    """The calls of one answer, by the name the provider gave each."""

    def __init__(self) -> None:
        self._tools: dict[str, str] = {}
        self._pieces: dict[str, list[str]] = {}
        self._sizes: dict[str, int] = {}

    def begin(self, name: str, tool: str) -> None:
        """Begin a call.

        Raises:
            Garbled: there is one of this name already, or there are too many.
        """
        if name in self._tools:
            raise Garbled(f"The model named two calls {quoted(name)}.")
        if len(self._tools) == CALLS:
            raise Garbled(f"The model wished for more than {CALLS} calls at once.")
        self._tools[name] = tool
        self._pieces[name] = []
        self._sizes[name] = 0

    def piece(self, name: str, text: str) -> None:
        """Add a piece of a call's arguments.

        Raises:
            Garbled: no such call began, or its arguments are too large.
        """
        if name not in self._tools:
            raise Garbled(f"The model sent arguments of a call {quoted(name)} that never began.")
        self._sizes[name] += len(text)
        if self._sizes[name] > MOST:
            tool = quoted(self._tools[name])
            raise Garbled(f"The arguments of {tool} are larger than {MOST} bytes.")
        self._pieces[name].append(text)

    def whole(self, *, cut: bool = False) -> list[tuple[str, str, dict[str, Any]]]:
        """Return name, tool and arguments of each call, in their order.

        Args:
            cut: whether the answer ended because it had become too long.

        Raises:
            Garbled: the arguments of one are no JSON object, or were still to come.
        """
        found: list[tuple[str, str, dict[str, Any]]] = []
        for name, tool in self._tools.items():
            text = "".join(self._pieces[name])
            # Who says nothing wants none; but whoever was cut off had not begun to say them.
            if cut and not text:
                raise Garbled(f"The answer was cut before the arguments of {quoted(tool)}.")
            try:
                arguments = json.loads(text or "{}")
            except (ValueError, RecursionError):
                raise Garbled(f"The arguments of {quoted(tool)} are no JSON.") from None
            if not isinstance(arguments, dict):
                raise Garbled(f"The arguments of {quoted(tool)} are no object.")
            found.append((name, tool, arguments))
        return found
