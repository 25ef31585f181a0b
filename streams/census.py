"""Counts what waits and what is in hand, group by group, as Redis itself knows it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoPermissionError, ResponseError

from schemas.desk import DeadLetter
from streams import keys
from streams.spending import Spent, today
from streams.store import answering


@dataclass(frozen=True, slots=True)
class Count:
    """One group on one topic.

    Attributes:
        waiting: entries that nobody has taken.
        pending: entries that somebody took and did not finish.
        oldest_ms: age of the oldest of both; None when there is none.
        idle_ms: by reader, for how long it has not asked for anything.
        added: how many entries were ever put on the topic.
    """

    waiting: int
    pending: int
    oldest_ms: int | None
    idle_ms: dict[str, int]
    added: int = 0


class Census:
    """Looks at the topics; changes nothing.

    Args:
        redis: the durable Redis.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def count(self, groups: Sequence[tuple[str, str]]) -> dict[str, Count]:
        """Return the counts of (topic, group), by topic; a group that is not there is left out.

        Raises:
            Away: Redis does not answer.
        """
        found: dict[str, Count] = {}
        async with answering():
            for topic, group in groups:
                try:
                    found[topic] = await self._one(keys.topic(topic), group)
                except (ResponseError, LookupError):
                    continue  # nobody has made it yet
        return found

    async def here(self, stages: Sequence[str]) -> dict[str, int] | None:
        """Return how many processes run each stage, as the connections they hold tell.

        A process that is gone is not counted from that moment on, however it went; one that hangs
        is. None where Redis may not be asked, as with an access list of an earlier version.

        Raises:
            Away: Redis does not answer.
        """
        async with answering():
            try:
                found: Any = await self._redis.pubsub_numsub(*map(keys.here, stages))
            except NoPermissionError:
                return None
        return {stage: int(count) for stage, (_, count) in zip(stages, found, strict=True)}

    async def call(self, stages: Sequence[str]) -> None:
        """Have each process that runs one of these stages show itself: its `idle_ms` tells.

        Raises:
            Away: Redis does not answer.
        """
        async with answering():
            for stage in stages:
                await self._redis.publish(keys.here(stage), keys.CALL)

    async def spent(self) -> Spent:
        """Return what everybody has spent today.

        Raises:
            Away: Redis does not answer.
        """
        return await today(self._redis)

    async def letters(self, most: int) -> tuple[int, list[tuple[str, DeadLetter]]]:
        """Return how many letters lie at the desk, and the newest of them with their entries.

        Raises:
            Away: Redis does not answer.
        """
        desk = keys.topic("dead")
        async with answering():
            total = int(await self._redis.xlen(desk))
            rows: Any = await self._redis.xrevrange(desk, count=most) if most else []
        return total, [
            (entry.decode(), DeadLetter.model_validate_json(fields[b"data"]))
            for entry, fields in rows
        ]

    async def _one(self, stream: str, group: str) -> Count:
        groups: Any = await self._redis.xinfo_groups(stream)
        row = {each["name"]: each for each in map(_plain, groups)}[group]
        consumers: Any = await self._redis.xinfo_consumers(stream, group)
        whole: Any = _plain(await self._redis.xinfo_stream(stream))
        last = row["last-delivered-id"]
        after: Any = await self._redis.xrange(stream, f"({last}", "+", count=1)
        first = after[0][0].decode() if after else None
        pending = int(row["pending"])
        if pending:
            summary: Any = await self._redis.xpending(stream, group)
            first = summary["min"].decode() if summary["min"] else first
        readers = {each["name"]: int(each["idle"]) for each in map(_plain, consumers)}
        return Count(
            # Redis may not know the lag exactly: where nothing follows, nothing waits.
            waiting=max(1, int(row.get("lag") or 0)) if after else 0,
            pending=pending,
            oldest_ms=_age(first) if first else None,
            idle_ms={name: idle for name, idle in readers.items() if name not in keys.ASIDE},
            added=int(whole["entries-added"]),
        )


def _plain(row: dict[Any, Any]) -> dict[str, Any]:
    return {_text(name): _text(value) for name, value in row.items()}


def _text(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value


def _age(entry: str) -> int:
    return max(0, time.time_ns() // 1_000_000 - int(entry.partition("-")[0]))
