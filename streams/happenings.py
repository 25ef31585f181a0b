"""What happens on the server, for whoever watches: the topic `events`, from now on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from redis.asyncio import Redis

from streams import keys
from streams.store import AWAY

PAUSE_MS = 4_000
AWAY_SECONDS = 0.5


async def happenings(redis: Redis) -> AsyncIterator[tuple[str, bytes]]:
    """Yield the id and message of each event from now on; a Redis that is away is waited for."""
    last = "$"
    while True:
        try:
            if last == "$":
                newest: Any = await redis.xrevrange(keys.topic("events"), count=1)
                last = newest[0][0].decode() if newest else "0-0"
            found: Any = await redis.xread({keys.topic("events"): last}, count=256, block=PAUSE_MS)
        except AWAY:
            await asyncio.sleep(AWAY_SECONDS)
            continue
        pairs = found.items() if isinstance(found, dict) else (found or [])
        for _, entries in pairs:
            rows = entries[0] if isinstance(found, dict) else entries
            for entry, fields in rows:
                last = entry.decode()
                if b"data" in fields:
                    yield last, fields[b"data"]
