"""A rule's condition: one expression of CEL, bounded before it is compiled and before it is asked.

CEL (cel.dev) has no loops but over what is there, no assignment, no way out of itself, and its
regular expressions are RE2's. What is left to bound is how often a macro walks over how much.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import import_module
from typing import Any

from schemas.desk import Happened
from schemas.errors import Invalid

LONGEST = 1_000
"""Characters of an expression."""
MOST_MACROS = 3
MOST_VALUES = 2_000
"""Values inside an event that an expression is asked about; a larger one is not judged."""

_MACRO = re.compile(r"\.\s*(?:all|exists|exists_one|map|filter)\s*\(")
_TEXT = re.compile(r"[rRbB]{0,2}(?:\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')")


class Unclear(Exception):
    """The expression has no answer for this event: it names what is not there, for example."""


class Condition:
    """One expression, ready to be asked.

    Args:
        text: the expression; it may name `event` and, for short, `data`.

    Raises:
        Invalid: it is none, too long, or could take too long.
    """

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            raise Invalid(f"An expression has at most {LONGEST} characters.")
        if "'''" in text or '"""' in text:
            raise Invalid("An expression is one line; write texts with single quotes.")
        bare = _TEXT.sub("''", text)
        if "//" in bare:
            raise Invalid("An expression has no comments (//): a walk could hide behind one.")
        _bounded(bare)
        try:
            self._compiled = _environment().compile(text)
        except RuntimeError as error:
            raise Invalid(f"The expression does not fit: {_said(error)}") from None
        kind = str(self._compiled.return_type())
        if kind not in {"BOOL", "DYN"}:
            raise Invalid(f"The expression is no yes or no, but {kind}.")

    def holds(self, event: Happened) -> bool:
        """Whether it is true of an event.

        Raises:
            Unclear: it has no answer.
        """
        if _more_than(event.data, MOST_VALUES):
            raise Unclear(f"the event has more than {MOST_VALUES} values")
        about = {
            "event": {
                "id": event.id,
                "type": event.type,
                "at": event.at,
                "person": event.person,
                "channel": event.channel,
                "data": event.data,
            },
            "data": event.data,
        }
        try:
            found: Any = self._compiled.eval(data=about)
            value = found.value()
        except (RuntimeError, ValueError, TypeError, OverflowError) as error:
            raise Unclear(_said(error)) from None
        if not isinstance(value, bool):
            raise Unclear(str(value)[:200])
        return value


@lru_cache(maxsize=512)
def condition(text: str) -> Condition:
    """Return an expression, compiled once.

    Raises:
        Invalid: as `Condition`.
    """
    return Condition(text)


@lru_cache(maxsize=1)
def _environment() -> Any:
    cel: Any = import_module("cel_expr_python.cel")  # loaded with the first rule that needs it

    return cel.NewEnv(variables={"event": cel.Type.DYN, "data": cel.Type.DYN})


def _bounded(bare: str) -> None:
    """Refuse macros inside macros: each alone walks over an event once.

    Raises:
        Invalid: there are too many, or one is inside another.
    """
    found = list(_MACRO.finditer(bare))
    if len(found) > MOST_MACROS:
        raise Invalid(f"An expression walks over lists at most {MOST_MACROS} times.")
    for one in found:
        depth, at = 1, one.end()
        while at < len(bare) and depth:
            depth += {"(": 1, ")": -1}.get(bare[at], 0)
            at += 1
        if any(one.end() <= other.start() < at for other in found):
            raise Invalid("An expression does not walk over a list inside another walk.")


def _more_than(value: Any, most: int) -> bool:
    left, count = [value], 0
    while left:
        one = left.pop()
        count += 1
        if count > most:
            return True
        if isinstance(one, dict):
            left += one.values()
        elif isinstance(one, list):
            left += one
    return False


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
