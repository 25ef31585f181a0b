"""The server's own voice: what it tells by itself is signed, and nobody else is believed to be it.

Many may write on `events`, whoever holds the password of `producer` among them. So the written
history, the page and the rules take an event of one of the server's own types for true only where
the key of the server itself signed its bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json

from schemas.desk import Happened
from schemas.events import CONTAINERS, RESERVED
from streams.sign import Gateway, Keyring

HOUSE = "house"
"""The gateway whose key signs what the server tells by itself."""
TELLERS = {"notice": "rules", "rule.braked": "rules", **dict.fromkeys(CONTAINERS, "docker")}
"""Who else tells a type of the server's own: what a rule says is signed by the rules."""


class Voice:
    """Says what the server tells by itself.

    Args:
        gateway: the house; without it what is said is unsigned, and nobody believes it.
    """

    def __init__(self, gateway: Gateway | None = None) -> None:
        self._gateway = gateway

    @classmethod
    def of(cls, keyring: Keyring) -> Voice:
        """Return the voice of whoever has this keyring."""
        return cls(keyring.get(HOUSE))

    def said(self, event: Happened) -> tuple[bytes, str]:
        """Return an event's bytes and their signature."""
        data = event.encoded()
        return data, self._gateway.sign(data) if self._gateway else ""

    def fields(self, event: Happened) -> Any:
        """Return the fields of an event's entry on `events`."""
        data, signature = self.said(event)
        return {"data": data, "sig": signature, "n": 0}


SILENT = Voice()
"""Whoever has no key."""


def teller(keyring: Keyring, data: bytes, signature: str) -> str:
    """Return the gateway that signed an event; "" where nobody we know did."""
    gateway = keyring.signer(data, signature) if signature else None
    return gateway.name if gateway is not None else ""


def forged(kind: str, told_by: str | None) -> bool:
    """Whether an event claims to be the server's own word, and is not.

    Args:
        kind: its type.
        told_by: the gateway that signed it.
    """
    return kind in RESERVED and told_by != TELLERS.get(kind, HOUSE)


def provenance(keyring: Keyring, fields: Mapping[bytes, bytes]) -> tuple[str, bool]:
    """Return who told an entry of `events` as it stands there, and whether it is forged.

    Args:
        keyring: the gateways whose word counts.
        fields: the entry's raw fields.
    """
    data = fields.get(b"data", b"")
    told_by = teller(keyring, data, fields.get(b"sig", b"").decode("ascii", "replace"))
    try:
        # By the parser that the stages read with: what one takes for an event, the other must.
        found = from_json(data)
    except ValueError:
        return told_by, False
    kind = found.get("type") if isinstance(found, dict) else None
    return told_by, isinstance(kind, str) and forged(kind, told_by)
