"""What every protocol of a model server is made of."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Protocol

from ops.chaos.script import Said

Body = dict[str, Any]


class Violated(Exception):
    """The request breaks a rule of the protocol; the text says which."""


@dataclass(frozen=True)
class Asked:
    """What a request asks for.

    Attributes:
        question: the person's last words.
        place: how many answers of this turn it holds.
    """

    question: str
    place: int


class Wire(Protocol):
    """One provider's protocol."""

    def key(self, headers: dict[str, str]) -> str:
        """Return the key that a request carries."""
        ...

    def asked(self, body: Body) -> Asked:
        """Read a request.

        Raises:
            Violated: it breaks a rule.
        """
        ...

    def frames(self, said: Said, body: Body) -> list[bytes]:
        """Return the pieces of an answer as they go over the wire."""
        ...

    def error(self, said: Said) -> Body:
        """Return the body of an answer that is an error."""
        ...

    def broken(self) -> bytes:
        """Return an error in the middle of an answer."""
        ...


def sse(data: Body, event: str = "") -> bytes:
    """Return a server-sent event."""
    head = f"event: {event}\n" if event else ""
    return f"{head}data: {json.dumps(data)}\n\n".encode()
