"""Reads how near the bounds of memory, disk and journal are, and closes the doors in time."""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from streams import keys
from streams.allowances import STREAMS
from streams.gauge import Gauge
from streams.store import TIMEOUT, text

FRESH = 1.0
"""Seconds a reading counts."""
CLOSED_MS = 5_000
"""How long the doors stay closed after the last reading that said so."""


class Pressure:
    """Reads the gauge, at most once a second however many ask.

    Args:
        redis: the durable Redis.
        disk: a folder on the disk to look at, if any.
        floor: bytes that must stay free there.
    """

    def __init__(self, redis: Redis, disk: Path | None = None, floor: int = 0) -> None:
        self._redis = redis
        self._disk = disk
        self._floor = floor
        self._gauge = Gauge(None, 0, 0, 0)
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()
        self._closed = False

    async def gauge(self) -> Gauge:
        """Return a reading that is at most a second old; one round trip otherwise.

        Raises:
            redis.exceptions.RedisError, OSError: Redis does not answer.
        """
        if time.monotonic() - self._read_at >= FRESH:
            async with self._reading:
                if time.monotonic() - self._read_at >= FRESH:
                    self._gauge = await self._read()
                    self._read_at = time.monotonic()
        return self._gauge

    async def enforce(self) -> Gauge:
        """Close the doors, or leave them open; `accept` looks before it takes anything in.

        The word stands for a few seconds: a process that died while it was said does not keep
        the doors closed for ever.
        """
        gauge = await self.gauge()
        if gauge.closed:
            await self._redis.set(keys.CLOSED, gauge.closed, px=CLOSED_MS)
        elif self._closed:
            await self._redis.delete(keys.CLOSED)
        self._closed = bool(gauge.closed)
        return gauge

    async def _read(self) -> Gauge:
        async with asyncio.timeout(TIMEOUT), self._redis.pipeline(transaction=False) as pipe:
            pipe.info("memory")
            pipe.get(keys.LEASE + keys.JOURNAL)
            for stream in STREAMS:
                pipe.xinfo_groups(stream)
            memory, lease, *topics = await pipe.execute(raise_on_error=False)
        for answer in (memory, lease):
            if isinstance(answer, Exception):
                raise answer
        waiting = [found for groups in topics if (found := _waiting(groups)) is not None]
        return Gauge(
            journal=lease is not None if waiting else None,
            waiting=sum(waiting),
            used=int(memory["used_memory"]),
            most=int(memory.get("maxmemory", 0)),
            room=shutil.disk_usage(self._disk).free if self._disk else None,
            floor=self._floor,
        )


def _waiting(groups: Any) -> int | None:
    """Return how many entries of one topic the journal has not written; None without a group."""
    if isinstance(groups, ResponseError) and "no such key" in str(groups):
        return None
    if isinstance(groups, Exception):
        raise groups
    for group in groups:
        if text(group["name"]) == keys.JOURNAL:
            # Redis cannot tell the lag after entries were deleted: what is pending it knows.
            return int(group["lag"] or 0) + int(group["pending"])
    return None
