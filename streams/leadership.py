"""Leadership: at most one reader of a topic whose order counts, by a lease in Redis."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from redis.asyncio import Redis

from streams import keys
from streams.broker import Reader
from streams.recovery import Recovery
from streams.runner import Runner
from streams.settings import StreamsSettings
from streams.store import fcall, text

log = structlog.get_logger("streams")


class Leadership:
    """Which of the topics that have one reader this process reads.

    Args:
        redis: the durable Redis.
        consumer: this process.
        readers: its readers, by topic.
        recovery: takes over what is pending on a topic that was won.
        settings: how long the lease is.
        solo: whether this process runs suspects alone; it leads only while there is one.

    Attributes:
        topics: those it leads now.
    """

    def __init__(
        self,
        redis: Redis,
        consumer: str,
        readers: Mapping[str, Reader],
        recovery: Recovery,
        settings: StreamsSettings,
        *,
        solo: bool,
    ) -> None:
        self._redis = redis
        self._consumer = consumer
        self._readers = readers
        self._recovery = recovery
        self._life_ms = int(settings.lead_seconds * 1000)
        self._solo = solo
        self.topics: set[str] = set()

    async def renew(self, runner: Runner, *, cut_off: bool) -> None:
        """Ask for the lease of a runner's topic, or for more of it, and act on the answer.

        Args:
            runner: of a stage with one reader.
            cut_off: whether Redis was away since the last time.
        """
        stage = runner.stage
        reader = self._readers[stage.topic]
        if self._solo and not await self._suspected(runner):
            if stage.topic in self.topics:
                await self._resign(stage.topic)
            return
        answer = await fcall(
            self._redis,
            "lead",
            stage.topic,
            stage.name,
            self._consumer,
            self._life_ms,
            int(self._solo),
        )
        holder = text(answer)
        if holder != self._consumer:
            if stage.topic in self.topics:
                log.info("lead.lost", stage=stage.name, to=holder)
                self.topics.discard(stage.topic)
                await reader.stop()
                for held in runner.held:
                    runner.lost(held)
            return
        if stage.topic not in self.topics:
            log.info("lead.won", stage=stage.name)
            self.topics.add(stage.topic)
            runner.behind = not self._solo
        if not reader.alive:
            await runner.regroup()
        if runner.behind or (cut_off and not self._solo):
            # In its order: nothing new is read until all that is pending is in our hands.
            await reader.stop()
            await runner.let_go()
            await self._recovery.take_over(stage)
        if not self._solo and not reader.alive:
            await reader.start()

    async def resign(self) -> None:
        """Give every lease back, so that others need not wait for its end."""
        for topic in sorted(self.topics):
            await self._resign(topic)

    async def _suspected(self, runner: Runner) -> bool:
        stage = runner.stage
        await runner.regroup()
        held = await self._redis.xpending_range(
            keys.topic(stage.topic), stage.name, "-", "+", 1, keys.SUSPECTS
        )
        return bool(held or runner.held)

    async def _resign(self, topic: str) -> None:
        self.topics.discard(topic)
        await fcall(self._redis, "resign", topic, self._consumer)
