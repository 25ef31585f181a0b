"""Who wrote an entry: gateways sign the exact bytes, and a key says what it may speak for."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from schemas.errors import Invalid

SHORTEST = 32
"""Bytes; a shorter key is refused."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway as the keyring knows it.

    Attributes:
        name: its name, the first half of its signatures.
        key: its secret.
        channels: the channels it may speak for.
        older: secrets it had before: what it signed with them and is still under way counts.
    """

    name: str
    key: bytes
    channels: frozenset[str]
    older: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if any(len(key) < SHORTEST for key in (self.key, *self.older)):
            raise Invalid(f"The signing key of {self.name} is shorter than {SHORTEST} bytes.")

    def __repr__(self) -> str:
        return f"Gateway({self.name!r})"

    def sign(self, data: bytes) -> str:
        """Return the signature of `data`: the name, a colon, an HMAC-SHA256 in hex."""
        return _signature(self.name, self.key, data)

    def signed(self, data: bytes, signature: str) -> bool:
        """Whether it signed `data`, today or with an earlier key."""
        given = signature.encode("utf-8", "replace")
        return any(
            hmac.compare_digest(_signature(self.name, key, data).encode(), given)
            for key in (self.key, *self.older)
        )


def _signature(name: str, key: bytes, data: bytes) -> str:
    return f"{name}:{hmac.digest(key, data, 'sha256').hex()}"


def same(one: str, other: str) -> bool:
    """Whether two signatures are the same, in a time that tells nothing."""
    return hmac.compare_digest(one.encode(), other.encode("utf-8", "replace"))


def stamped(secret: bytes, at: int, kind: str, key: str, body: bytes) -> str:
    """Return how a program signs an event: `sha256=` and an HMAC-SHA256 in hex.

    What is signed is all that counts: who repeats it with another time, type or key has signed
    nothing.

    Args:
        secret: what both sides know.
        at: when, in seconds since 1970.
        kind: the event's type.
        key: its idempotency key.
        body: its bytes.
    """
    signed = f"{at}\n{kind}\n{key}\n".encode() + body
    return f"sha256={hmac.digest(secret, signed, 'sha256').hex()}"


class Keyring:
    """The gateways whose word counts."""

    def __init__(self, gateways: Mapping[str, Gateway]) -> None:
        self._gateways = dict(gateways)

    def get(self, name: str) -> Gateway | None:
        """Return a gateway by its name."""
        return self._gateways.get(name)

    def signer(self, data: bytes, signature: str) -> Gateway | None:
        """Return who signed `data`, or None when nobody we know did."""
        name, _, _ = signature.partition(":")
        gateway = self._gateways.get(name)
        return gateway if gateway is not None and gateway.signed(data, signature) else None
