"""What a kind of webhook is."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson

from schemas.events import EventType

Headers = Mapping[str, str]
"""By their names in small letters."""

WINDOW = 300
"""Seconds by which a signature's time may differ from ours."""
LONGEST = 2_000
"""Characters of a text that is taken over."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What came, before anybody trusts it.

    Attributes:
        headers: by their names in small letters.
        body: the bytes, as they were signed.
        secret: what the source and we share.
    """

    headers: Headers
    body: bytes
    secret: bytes

    def header(self, name: str) -> str:
        """Return a header; "" where there is none."""
        return self.headers.get(name, "")


@dataclass(frozen=True, slots=True)
class Hooked:
    """The event that it is.

    Attributes:
        type: its type.
        data: what counts of it.
        id: the source's own name for this delivery: seen again, it is the same event.
    """

    type: str
    data: dict[str, Any]
    id: str


@dataclass(frozen=True, slots=True)
class Hook:
    """One kind of webhook.

    Attributes:
        kind: its name.
        about: how the other side is set up, in one sentence.
        signed: whether what came is from somebody who knows the secret.
        read: what it says; raises `KeyError`, `TypeError` or `ValueError` where it is none of
            its kind.
        types: what its events look like.
    """

    kind: str
    about: str
    signed: Callable[[Sent], bool]
    read: Callable[[Sent, Any], Hooked]
    types: tuple[EventType, ...]


def bearer(sent: Sent) -> bool:
    """Whether it carries the secret itself: `Authorization: Bearer SECRET`."""
    scheme, _, given = sent.header("authorization").partition(" ")
    same = hmac.compare_digest(given.strip().encode("utf-8", "replace"), sent.secret)
    return scheme.lower() == "bearer" and same


def hex_of(sent: Sent, given: str, *, before: bytes = b"") -> bool:
    """Whether a header is the HMAC-SHA256, in hex, of the body."""
    own = hmac.digest(sent.secret, before + sent.body, "sha256").hex()
    return hmac.compare_digest(own.encode(), given.encode("utf-8", "replace"))


def fresh(moment: str, now: float | None = None) -> bool:
    """Whether a signature's time, in seconds since 1970, is near enough to ours."""
    if not (moment.isascii() and moment.isdigit() and len(moment) <= 12):
        return False
    return abs((time.time() if now is None else now) - int(moment)) <= WINDOW


def digest(*parts: object) -> str:
    """Return a name for what has these parts."""
    return sha256(orjson.dumps(parts, default=str)).hexdigest()[:32]


def text(value: Any) -> str:
    """Return a text that is not too long; "" for what is none."""
    return value.replace("\x00", "")[:LONGEST] if isinstance(value, str) else ""


def inner(value: Any, *path: str) -> Any:
    """Return what is inside objects inside each other; None where it is not there."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def described(kind: str, about: str, **fields: str) -> EventType:
    """Return a type whose data has these fields, each of a JSON type; none is missing."""
    form = {
        "type": "object",
        "properties": {name: {"type": of} for name, of in fields.items()},
        "required": list(fields),
    }
    return EventType(type=kind, version=1, about=about, schema=form)
