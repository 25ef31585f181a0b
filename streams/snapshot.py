"""A copy of the durable Redis as it is at one moment, taken while it runs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from schemas.errors import Transient
from streams import keys
from streams.servers import Unfit
from streams.store import AWAY, connect

DUMP = "dump.rdb"
"""What Redis calls its copy, in its own folder."""
PATIENCE = 600.0
"""Seconds a copy may take before we give up."""
LOOK = 0.02


class NoCopy(Transient):
    """Redis could not write a copy of itself."""

    code = "no_copy"


@dataclass(frozen=True)
class About:
    """What there is to copy.

    Attributes:
        version: of the Redis server.
        epoch: how often this history was begun anew.
        size: bytes that a copy takes at most, roughly: what Redis holds in memory.
    """

    version: str
    size: int
    epoch: int


async def about(url: str) -> About:
    """Ask a Redis how large its copy will be.

    Raises:
        NoCopy: it does not answer.
    """
    async with _asking(url) as redis:
        found: dict[str, Any] = {**await redis.info("memory"), **await redis.info("server")}
        epoch = int(await redis.get(keys.EPOCH) or 0)
        return About(str(found["redis_version"]), int(found["used_memory"]), epoch)


async def take(url: str, data: Path) -> Path:
    """Let Redis write a copy, and return its file, which is the caller's to remove.

    All that was acknowledged before the call is in it. Redis forks: it goes on answering.

    Args:
        url: the durable Redis, in the role `backup`.
        data: its folder.

    Raises:
        NoCopy: it does not answer, or the disk is full.
    """
    copy = data / DUMP
    # What an earlier backup left behind must not be taken for this one's.
    copy.unlink(missing_ok=True)
    async with _asking(url) as redis:
        until = time.monotonic() + PATIENCE
        while not await _begun(redis):
            await _pause(until)
        while True:
            found: dict[str, Any] = await redis.info("persistence")
            if not int(found["rdb_bgsave_in_progress"]):
                break
            await _pause(until)
    if found["rdb_last_bgsave_status"] != "ok" or not copy.is_file():
        raise NoCopy(
            f"Redis could not write a copy of itself to {data}; its log in"
            " logs/durable.log says why."
        )
    return copy


async def _begun(redis: Redis) -> bool:
    """Whether a copy was begun now, not earlier."""
    try:
        await redis.bgsave(schedule=False)
    except ResponseError as error:
        # It is writing another copy, or rewriting its log: soon it is done.
        if "in progress" in str(error) or "is active" in str(error):
            return False
        raise
    return True


async def _pause(until: float) -> None:
    if time.monotonic() > until:
        raise NoCopy(f"Redis did not finish a copy of itself within {PATIENCE:g} s.")
    await asyncio.sleep(LOOK)


@asynccontextmanager
async def _asking(url: str) -> AsyncIterator[Redis]:
    redis = connect(url)
    try:
        yield redis
    except AWAY as error:
        if "NOPERM" in str(error) or "no permissions" in str(error):
            raise Unfit("Redis does not let the role `backup` make a copy.") from None
        raise NoCopy(f"Redis does not answer: {str(error) or type(error).__name__}.") from error
    finally:
        await redis.aclose()
