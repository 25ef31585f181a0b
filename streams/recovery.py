"""Recovery: renew what is ours, take what nobody renews, forget what all are done with."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import structlog
from redis.asyncio import Redis

from schemas.base import now_ms
from streams import keys
from streams.blackbox import Pairs, release_words
from streams.entry import Held
from streams.runner import Runner
from streams.settings import StreamsSettings
from streams.stage import Stage
from streams.store import AWAY, fcall

log = structlog.get_logger("streams")

TAKE_AT_ONCE = 64
SILENT_MS = 3_600_000
"""A consumer that holds nothing is forgotten after this silence."""


class Recovery:
    """What one process does for the health of the groups it belongs to.

    Args:
        redis: the durable Redis.
        consumer: this process.
        runners: its stages at work.
        solo: whether this process runs suspects alone, one at a time, and nothing else.
    """

    def __init__(
        self,
        redis: Redis,
        consumer: str,
        runners: Sequence[Runner],
        settings: StreamsSettings,
        *,
        solo: bool = False,
    ) -> None:
        self._redis = redis
        self._consumer = consumer
        self._runners = {runner.stage.topic: runner for runner in runners}
        self._settings = settings
        self._solo = solo
        self._connected_at: float | None = None
        self._beat_at = 0.0

    def disconnected(self) -> None:
        """Everything looks idle after an outage: wait one lease before taking from others."""
        self._connected_at = None

    async def beat(self) -> None:
        """Renew what is held, every few seconds; let go of what is not ours any more."""
        now = time.monotonic()
        if now - self._beat_at < self._settings.beat_seconds:
            return
        for runner in self._runners.values():
            held = runner.held
            if not held:
                continue
            arguments: list[str | int] = []
            for one in held:
                arguments += (one.id, one.generation, one.turn)
            stage = runner.stage
            answers = await self._call(
                "beat", stage.topic, stage.name, self._consumer, len(held), *arguments
            )
            for one, answer in zip(held, answers, strict=True):
                if answer == b"FENCED":
                    runner.lost(one.id)
                elif answer == b"STOPPING":
                    runner.stop_turn(one.turn)
        self._beat_at = now

    async def reclaim(self, leading: Sequence[str]) -> None:
        """Take over what was given back, and what was not renewed for one lease.

        Args:
            leading: topics with one reader that this process leads.
        """
        if self._connected_at is None:
            self._connected_at = time.monotonic()
        settled = time.monotonic() - self._connected_at >= self._settings.lease_seconds
        lease = str(int(self._settings.lease_seconds * 1000)) if settled else ""
        able = [
            runner.stage
            for runner in self._runners.values()
            if not runner.stage.sole or runner.stage.topic in leading
        ]
        if self._solo:
            for stage in able:
                if not self._runners[stage.topic].held:
                    await self._take([stage], "", 1, keys.SUSPECTS)
        elif able:
            await self._take(able, lease, TAKE_AT_ONCE, "")

    async def take_over(self, stage: Stage[..., Any]) -> None:
        """Take everything that others hold of a topic we lead from now on, oldest first."""
        while await self._take([stage], "0", 1_000, ""):
            pass

    async def _take(
        self, stages: Sequence[Stage[..., Any]], lease: str, most: int, source: str
    ) -> int:
        pairs = [text for stage in stages for text in (stage.topic, stage.name)]
        rows = await self._call("reclaim", self._consumer, lease, most, source, len(stages), *pairs)
        taken: dict[str, list[Held]] = {}
        for topic, entry, _, trouble, fields in rows:
            held = Held(entry.decode(), dict(zip(fields[::2], fields[1::2], strict=True)))
            held.remember(trouble)
            taken.setdefault(topic.decode(), []).append(held)
        for topic, entries in taken.items():
            self._runners[topic].tally.taken += len(entries)
            await self._runners[topic].take(sorted(entries, key=_order))
        return len(rows)

    async def _call(self, function: str, *arguments: str | int) -> list[Any]:
        try:
            found: list[Any] = await fcall(self._redis, function, *arguments)
        except AWAY:
            self.disconnected()
            raise
        return found


def _order(held: Held) -> tuple[int, int]:
    moment, _, number = held.id.partition("-")
    return int(moment), int(number)


async def release(redis: Redis, consumer: str, pairs: Pairs, started: Pairs) -> tuple[int, int]:
    """Give back what a process held that is gone.

    Args:
        redis: the durable Redis.
        consumer: its name.
        pairs: (topic, group) it read.
        started: (topic, entry) it was running when it died, from its black box.

    Returns:
        how many entries were freed, and how many of them are suspects now.
    """
    words = release_words(consumer, now_ms(), pairs, started)
    freed, suspects = await fcall(redis, "release", *words)
    if freed:
        log.info("entries.released", consumer=consumer, freed=freed, suspects=suspects)
    return int(freed), int(suspects)


async def tidy(redis: Redis, pairs: Sequence[tuple[str, str]]) -> None:
    """Trim every topic behind its slowest group, and forget silent consumers."""
    await fcall(redis, "trim", *sorted({topic for topic, _ in pairs}))
    await fcall(redis, "retire", SILENT_MS, len(pairs), *(text for pair in pairs for text in pair))
