"""How a Redis server is, as it says itself: what it keeps, how full it is, who is connected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from streams.store import answering

SECTIONS = ("server", "clients", "memory", "persistence", "stats", "replication", "keyspace")


@dataclass(frozen=True, slots=True)
class Condition:
    """One reading; bytes and seconds, times in seconds since 1970.

    Attributes:
        version: of the program.
        role: `master`, or `slave` where it copies another one.
        uptime_s: for how long it has run.
        used: memory in use.
        peak: the most memory that was in use.
        most: memory it may use; 0 for no bound.
        policy: what it does when that is reached: `noeviction`, or which keys it forgets.
        evicted: keys it forgot for that.
        keys: how many it holds.
        clients: connections that are open.
        per_s: commands a second, now.
        aof: whether each command is appended to a file.
        aof_ok: whether the last append and the last rewriting of the file went well.
        aof_size: the file's size.
        saved_at: when the last copy was written; None where none was since it started.
        save_ok: whether that went well.
        loading: whether it still reads its file.
    """

    version: str
    role: str
    uptime_s: int
    used: int
    peak: int
    most: int
    policy: str
    evicted: int
    keys: int
    clients: int
    per_s: int
    aof: bool
    aof_ok: bool
    aof_size: int
    saved_at: int | None
    save_ok: bool
    loading: bool


class Checkup:
    """Asks one server how it is.

    Args:
        redis: the server; its role needs no right but `INFO`.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def look(self) -> Condition:
        """Return how it is, in one round trip.

        Raises:
            Away: it does not answer.
        """
        async with answering(), self._redis.pipeline(transaction=False) as pipe:
            for section in SECTIONS:
                pipe.info(section)
            found = await pipe.execute()
        return read({name: value for section in found for name, value in section.items()})

    async def close(self) -> None:
        """Let go of its connection."""
        await self._redis.aclose()


def read(info: dict[str, Any]) -> Condition:
    """Return what the answers of `INFO` say; what a server leaves out is as if it were not."""

    def number(name: str) -> int:
        return int(info.get(name) or 0)

    # Where none was written since its start, a server names that moment.
    saved = number("rdb_last_save_time") if number("rdb_saves") else 0
    return Condition(
        version=str(info.get("redis_version", "")),
        role=str(info.get("role", "")),
        uptime_s=number("uptime_in_seconds"),
        used=number("used_memory"),
        peak=number("used_memory_peak"),
        most=number("maxmemory"),
        policy=str(info.get("maxmemory_policy", "")),
        evicted=number("evicted_keys"),
        keys=sum(
            int(one.get("keys", 0))
            for name, one in info.items()
            if name.startswith("db") and isinstance(one, dict)
        ),
        clients=number("connected_clients"),
        per_s=number("instantaneous_ops_per_sec"),
        aof=bool(number("aof_enabled")),
        aof_ok=info.get("aof_last_write_status", "ok") == "ok"
        and info.get("aof_last_bgrewrite_status", "ok") == "ok",
        aof_size=number("aof_current_size"),
        saved_at=saved or None,
        save_ok=info.get("rdb_last_bgsave_status", "ok") == "ok",
        loading=bool(number("loading")),
    )
