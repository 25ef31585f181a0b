"""What happens on the server, for whoever watches: the topic `events`, from now on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog
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
        """Return the last events, the newest first: the id and the message of each.

        What is forged is left out.

        Raises:
            Unavailable: Redis does not answer.
        """
        try:
            found: Any = await self._redis.xrevrange(keys.topic("events"), count=count)
        except AWAY as error:
            raise Unavailable("Redis does not answer.") from error
        return [
            (entry.decode(), fields.get(b"data", b"null"))
            for entry, fields in found
            if not provenance(self._keyring, fields)[1]
        ]

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
                    told_by, false = provenance(self._keyring, fields)
                    if false:
                        log.warning("event.forged", entry=last, told_by=told_by or PRODUCER)
                        continue
                    for hears in tuple(self._listeners):
                        hears(last, fields.get(b"data", b"null"))
