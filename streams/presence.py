"""Presence: others see which stages this process runs, and whether it still does."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from streams import keys
from streams.stage import Stage

NOTHING = "0-1"
"""An entry that nobody ever has."""


class Presence:
    """What a process shows of itself; at rest it costs nothing.

    Args:
        redis: the durable Redis.
        consumer: this process.
        stages: what it runs.
        reads: whether it reads for a stage, or waits to take that over.
    """

    def __init__(
        self,
        redis: Redis,
        consumer: str,
        stages: Sequence[Stage[..., Any]],
        reads: Callable[[Stage[..., Any]], bool],
    ) -> None:
        self._redis = redis
        self._consumer = consumer
        self._stages = {keys.here(stage.name): stage for stage in stages}
        self._reads = reads

    @property
    def channels(self) -> list[str]:
        """Where it listens: Redis counts who does, and forgets them the moment they are gone."""
        return list(self._stages)

    async def answer(self, channel: str) -> None:
        """Answer who called on a channel: Redis notes that this consumer asked for something.

        What is asked for is nothing. A process that hangs says no more, so its silence tells.
        """
        stage = self._stages.get(channel)
        if stage is None or not self._reads(stage):
            return
        with contextlib.suppress(ResponseError):  # no group: soon there is one, or nobody reads
            await self._redis.xclaim(
                keys.topic(stage.topic), stage.name, self._consumer, 0, [NOTHING], justid=True
            )
