"""What happens on the server, for whoever watches: the topic `events`, from now on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson
import structlog
from pydantic_core import from_json
from redis.asyncio import Redis

from schemas.errors import Unavailable
from streams import keys
from streams.entry import PRODUCER
from streams.sign import Keyring
from streams.store import AWAY, pairs
from streams.voice import provenance

log = structlog.get_logger("streams")

PAUSE_MS = 4_000
AWAY_SECONDS = 0.5

Hears = Callable[[str, bytes], None]
"""Is told the id and the message of an event."""


class Happenings:
    """Reads the events while somebody listens, once for all of them.

    Args:
        redis: the durable Redis; one connection of it is kept waiting.
        keyring: the gateways whose word counts: what claims to be the server's own, and is not,
            nobody hears.
    """

    def __init__(self, redis: Redis, keyring: Keyring) -> None:
        self._redis = redis
        self._keyring = keyring
        self._listeners: set[Hears] = set()
        self._reading: asyncio.Task[None] | None = None

    @contextmanager
    def heard(self, hears: Hears) -> Iterator[None]:
        """Tell `hears` what happens until the end of the block."""
        self._listeners.add(hears)
        if self._reading is None:
            self._reading = asyncio.get_running_loop().create_task(self._read())
        try:
            yield
        finally:
            self._listeners.discard(hears)
            if not self._listeners:
                self._reading.cancel()
                self._reading = None

    async def last(self, count: int) -> list[tuple[str, bytes]]:
        """Return the last events, the newest first: the id and the message of each, as JSON.

        What is forged is left out, and what is no event.

        Raises:
            Unavailable: Redis does not answer.
        """
        try:
            found: Any = await self._redis.xrevrange(keys.topic("events"), count=count)
        except AWAY as error:
            raise Unavailable("Redis does not answer.") from error
        rows = ((entry.decode(), fields) for entry, fields in found)
        told = ((entry, self._event(entry, fields)) for entry, fields in rows)
        return [(entry, data) for entry, data in told if data is not None]

    def _event(self, entry: str, fields: Mapping[bytes, bytes]) -> bytes | None:
        """Return an event as JSON, written anew; None for what nobody must hear.

        Any program may write on `events`. What passes a stage by, as its bytes are handed on, might
        end what they are put into, and begin something else.
        """
        told_by, false = provenance(self._keyring, fields)
        if false:
            log.warning("event.forged", entry=entry, told_by=told_by or PRODUCER)
            return None
        try:
            found = from_json(fields.get(b"data", b""))
            if isinstance(found, dict):
                return orjson.dumps(found)
        except (ValueError, TypeError):
            pass  # no JSON, or a number in it that no browser holds
        log.warning("event.unreadable", entry=entry, told_by=told_by or PRODUCER)
        return None

    async def _read(self) -> None:
        last = ""
        while True:
            try:
                if not last:
                    newest: Any = await self._redis.xrevrange(keys.topic("events"), count=1)
                    last = newest[0][0].decode() if newest else "0-0"
                found: Any = await self._redis.xread(
                    {keys.topic("events"): last}, count=256, block=PAUSE_MS
                )
            except AWAY:
                await asyncio.sleep(AWAY_SECONDS)
                continue
            for _, entries in pairs(found):
                for entry, fields in entries:
                    last = entry.decode()
                    data = self._event(last, fields)
                    if data is None:
                        continue
                    for hears in tuple(self._listeners):
                        hears(last, data)
