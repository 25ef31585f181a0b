"""The watch: what one process of the deployment does for all of them, whoever it is."""

from __future__ import annotations

import time
from pathlib import Path

from redis.asyncio import Redis

from streams import keys
from streams.clearing import Attic, Clearing
from streams.clerk import Clerk
from streams.gauge import MEGABYTE
from streams.pressure import Pressure
from streams.settings import StreamsSettings
from streams.store import fcall, in_time, text
from streams.sweep import Sweeper
from streams.voice import SILENT, Voice

LEASE = keys.LEASE + "watch"
UNREAD = ("events",)
"""Topics that no stage reads: nobody else would trim them. The desk is cleared, not trimmed."""


class Watch:
    """Closes the doors in time, files letters, sweeps, clears the desk, trims what nobody reads.

    Args:
        redis: the durable Redis.
        consumer: this process.
        settings: how often, and how long a turn may take.
        attic: where dead letters go when the desk is full.
        disk: a folder on the disk that must not become full.
        voice: tells what was mended, and what went.
    """

    def __init__(
        self,
        redis: Redis,
        consumer: str,
        settings: StreamsSettings,
        attic: Attic | None = None,
        disk: Path | None = None,
        *,
        voice: Voice = SILENT,
    ) -> None:
        self._redis = redis
        self._consumer = consumer
        self._settings = settings
        self._pressure = Pressure(redis, disk, settings.disk_floor_mb * MEGABYTE)
        self._clerk = Clerk(redis)
        self._sweeper = Sweeper(redis, settings.turn_seconds, voice)
        self._clearing = Clearing(redis, attic, settings.letters, voice) if attic else None
        self._swept_at = self._trimmed_at = time.monotonic()
        self._ticked_at: float | None = None

    async def round(self) -> None:
        """Do what is due, if it is this process's watch."""
        async with in_time():
            if not await self._mine():
                self._ticked_at = None
                return
            await self._pressure.enforce()
        await self._clerk.file()
        await self._expire()
        if time.monotonic() - self._trimmed_at >= self._settings.trim_seconds:
            self._trimmed_at = time.monotonic()
            await fcall(self._redis, "trim", *UNREAD)
        if time.monotonic() - self._swept_at >= self._settings.sweep_seconds:
            self._swept_at = time.monotonic()
            await self._sweeper.sweep()
            await self._clerk.outlive()
            if self._clearing is not None:
                await self._clearing.clear()

    async def _expire(self) -> None:
        """Let the time of requests run on, whatever happens to the server's clock."""
        now, before = time.monotonic(), self._ticked_at
        elapsed = 0 if before is None else int((now - before) * 1000)
        await fcall(self._redis, "expire", elapsed)
        self._ticked_at = now

    async def _mine(self) -> bool:
        life = int(self._settings.lead_seconds * 1000)
        if await self._redis.set(LEASE, self._consumer, nx=True, px=life):
            return True
        holder = await self._redis.get(LEASE)
        if holder is None or text(holder) != self._consumer:
            return False
        await self._redis.pexpire(LEASE, life)
        return True
