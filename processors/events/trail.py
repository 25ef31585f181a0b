"""The trail of an event that servers hand on to each other: whoever finds itself on it says no.

A header that nobody signs is enough: whoever takes it off has only a loop of his own making, which
the rules' bounds hold.
"""

from __future__ import annotations

import hmac

from pydantic import TypeAdapter, ValidationError

from schemas.errors import Invalid, Refused
from schemas.events import Trail

HEADER = "X-Nexus-Via"
MOST = 8
"""Servers that an event passes; schemas/events.py has it too."""

_trail: TypeAdapter[tuple[str, ...]] = TypeAdapter(Trail)


class Loop(Refused):
    """The event was here before, or went through too many hands."""

    code = "loop"
    status = 508


class Trails:
    """Knows how this server is called on a trail.

    Args:
        key: a secret of this server, which nobody can tell from its mark.
    """

    def __init__(self, key: bytes) -> None:
        self.mark = hmac.digest(key, b"trail", "sha256").hex()[:16]

    def read(self, header: str) -> tuple[str, ...]:
        """Return the trail that an event brings along.

        Args:
            header: what `X-Nexus-Via` says; "" where there is none.

        Raises:
            Invalid: it is no trail.
            Loop: we are on it, or there is no room to hand the event on.
        """
        marks = tuple(one.strip() for one in header.split(",")) if header else ()
        if self.mark in marks:
            raise Loop("This server handed the event on itself: it goes round in a circle.")
        if len(marks) >= MOST:
            raise Loop(f"The event was handed on {MOST} times already.")
        try:
            return _trail.validate_python(marks)
        except ValidationError:
            raise Invalid(f"The header {HEADER} is no list of servers' marks.") from None

    def written(self, via: tuple[str, ...]) -> str:
        """Return the header of an event that is handed on, with this server at its end."""
        return ",".join((*via, self.mark))
