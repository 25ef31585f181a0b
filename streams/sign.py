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
    """

    name: str
    key: bytes
    channels: frozenset[str]

    def __post_init__(self) -> None:
        if len(self.key) < SHORTEST:
            raise Invalid(f"The signing key of {self.name} is shorter than {SHORTEST} bytes.")

    def __repr__(self) -> str:
        return f"Gateway({self.name!r})"

    def sign(self, data: bytes) -> str:
        """Return the signature of `data`: the name, a colon, an HMAC-SHA256 in hex."""
        return f"{self.name}:{hmac.digest(self.key, data, 'sha256').hex()}"


class Keyring:
    """The gateways whose word counts."""

    def __init__(self, gateways: Mapping[str, Gateway]) -> None:
        self._gateways = dict(gateways)

    def signer(self, data: bytes, signature: str) -> Gateway | None:
        """Return who signed `data`, or None when nobody we know did."""
        name, _, _ = signature.partition(":")
        gateway = self._gateways.get(name)
        if gateway is None or not hmac.compare_digest(
            gateway.sign(data).encode(), signature.encode("utf-8", "replace")
        ):
            return None
        return gateway
