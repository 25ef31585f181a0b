"""Forward: hand an event to another server, signed, until it says yes."""

from __future__ import annotations

import time
from typing import Protocol

import orjson

from schemas.errors import Refused
from schemas.events import Forward
from streams.sign import stamped
from streams.stage import stage


class Poster(Protocol):
    """Sends something to a server on the internet."""

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> None:
        """Send it once.

        Raises:
            Transient: it was not taken; later it may be.
            Refused: it is not to be sent there, or the other side says no.
        """
        ...


class Secrets(Protocol):
    """Knows the secrets that are shared with others."""

    def secret(self, name: str) -> bytes | None:
        """Return the secret that is shared with a source; None where there is none."""
        ...


@stage(reads=16, lane="to")
async def forward(order: Forward, poster: Poster, secrets: Secrets) -> None:
    """Send an event once; the engine tries again, and the other side knows a repeat by its key."""
    body = orjson.dumps(
        {"id": order.event, "type": order.type, "at": order.happened_at, "data": order.data}
    )
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": order.id,
        "X-Event-Type": order.type,
    }
    if order.sign is not None:
        secret = secrets.secret(order.sign)
        if secret is None:
            raise Refused(f"There is no source {order.sign} whose secret could sign this.")
        now = int(time.time())
        headers["X-Nexus-Timestamp"] = str(now)
        headers["X-Nexus-Signature"] = stamped(secret, now, order.type, order.id, body)
    await poster.post(order.to, body, headers)
