"""Forward: hand an event to another server, signed, until it says yes."""

from __future__ import annotations

import time
from typing import Protocol

import orjson

from processors.events.trail import HEADER, Trails
from schemas.base import now_ms
from schemas.errors import Refused, Transient, Unavailable
from schemas.events import Forward
from streams.sign import stamped
from streams.stage import stage

PATIENCE_MS = 6 * 3_600_000
"""How old an event may be that waits for a server that is away; an older one has its tries."""


class Poster(Protocol):
    """Sends something to a server on the internet."""

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> None:
        """Send it once.

        Raises:
            Unavailable: the server is away, for this and for all else.
            Transient: it was not taken; later it may be.
            Refused: it is not to be sent there, or the other side says no.
        """
        ...


class Secrets(Protocol):
    """Knows the secrets that are shared with others."""

    def secret(self, name: str) -> bytes | None:
        """Return the secret that is shared with a source; None where there is none."""
        ...


@stage(reads=256, lane="to")
async def forward(order: Forward, poster: Poster, secrets: Secrets, trails: Trails) -> None:
    """Send an event once; the engine tries again, and the other side knows a repeat by its key.

    A server that is away is waited for where the event is held: those behind it keep their order,
    and the other servers' do not wait.
    """
    body = orjson.dumps(
        {"id": order.event, "type": order.type, "at": order.happened_at, "data": order.data}
    )
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": order.id,
        "X-Event-Type": order.type,
        HEADER: trails.written(order.via),
    }
    if order.sign is not None:
        secret = secrets.secret(order.sign)
        if secret is None:
            raise Refused(f"There is no source {order.sign} whose secret could sign this.")
        now = int(time.time())
        headers["X-Nexus-Timestamp"] = str(now)
        headers["X-Nexus-Signature"] = stamped(secret, now, order.type, order.id, body)
    try:
        await poster.post(order.to, body, headers)
    except Unavailable as error:
        if now_ms() - order.happened_at < PATIENCE_MS:
            raise
        raise Transient(str(error), retry_after=error.retry_after) from None
