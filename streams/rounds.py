"""The rounds of a process: what it does again and again beside its work, on a hint at once."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog
from redis.asyncio import Redis

from streams import keys
from streams.broker import Reader
from streams.leadership import Leadership
from streams.presence import Presence
from streams.recovery import Recovery, tidy
from streams.runner import Runner
from streams.settings import StreamsSettings
from streams.store import AWAY
from streams.watch import Watch

log = structlog.get_logger("streams")

RETRY = 0.1
"""Seconds between two looks whether a Redis that is away is back."""
TEND, KEEP, HEAR = "tend", "keep", "hints"
"""The names of the tasks, as a log tells them."""


class Rounds:
    """Keeps what is in hand, takes over what others left, and sees that every reader reads.

    Args:
        redis: the durable Redis.
        runners: the stages of this process.
        readers: topic → its reader.
        recovery: takes over.
        leading: reads what only one may read.
        presence: answers whoever counts readers.
        watch: what one process does for the whole deployment; None where this one may not.
        settings: bounds and periods.
        wake: set when the next round should not be waited for.
        solo: run suspects only.
        only: whether nobody else runs these stages, suspects of them neither.
        suspected: called in every round in which suspects wait; it has them run alone.

    Attributes:
        broken: set when a round ended by a bug: only a new process helps.
    """

    def __init__(
        self,
        redis: Redis,
        runners: Sequence[Runner],
        readers: Mapping[str, Reader],
        *,
        recovery: Recovery,
        leading: Leadership,
        presence: Presence,
        watch: Watch | None,
        settings: StreamsSettings,
        wake: asyncio.Event,
        solo: bool,
        only: bool,
        suspected: Callable[[], Awaitable[None]] | None,
    ) -> None:
        self._redis, self._runners, self._readers = redis, runners, readers
        self._recovery, self._leading, self._presence = recovery, leading, presence
        self._watch, self._settings, self._wake = watch, settings, wake
        self._solo, self._only, self._call_for_help = solo, only, suspected
        self._cut_off = False
        self._tended_at = 0.0
        self._tasks: list[asyncio.Task[None]] = []
        self.broken = asyncio.Event()

    @property
    def fresh(self) -> bool:
        """Whether a round ended lately: Redis answers."""
        return time.monotonic() - self._tended_at < 3 * self._settings.reclaim_seconds + 2

    async def start(self) -> None:
        """Make the first round, then go on by themselves."""
        await self._tend()
        self._tasks = [
            asyncio.create_task(self._tending(), name=TEND),
            asyncio.create_task(self._keeping(), name=KEEP),
            asyncio.create_task(self._hearing(), name=HEAR),
        ]
        for task in self._tasks:
            task.add_done_callback(self._ended)

    async def only_keep(self) -> None:
        """Take over nothing more, and start no reader again; what is in hand is still kept."""
        await self.stop(TEND)

    async def stop(self, *names: str) -> None:
        """End them; those of these names, or all."""
        ended = [task for task in self._tasks if not names or task.get_name() in names]
        for task in ended:
            task.cancel()
        await asyncio.gather(*ended, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("runtime.broken", task=task.get_name(), exc_info=error)
            self.broken.set()

    async def _keeping(self) -> None:
        """Keep what is in hand, however long a round of tending takes, and while draining."""
        while True:
            with contextlib.suppress(*AWAY):
                await self._recovery.beat()
            await asyncio.sleep(self._settings.beat_seconds / 5)

    async def _tending(self) -> None:
        pairs = [(runner.stage.topic, runner.stage.name) for runner in self._runners]
        trimmed_at = 0.0
        while True:
            await self._pause()
            try:
                await self._tend()
                if self._watch is not None:
                    await self._watch.round()
                if time.monotonic() - trimmed_at > self._settings.trim_seconds:
                    await tidy(self._redis, pairs)
                    trimmed_at = time.monotonic()
            except AWAY as error:
                self._lost()
                log.warning("redis.away", error=str(error) or type(error).__name__)

    def _lost(self) -> None:
        """Redis was away: what we believe to hold may be somebody else's, and readers are stuck."""
        self._recovery.disconnected()
        self._cut_off = True

    async def _pause(self) -> None:
        """Wait for the next round; one that is behind need not wait long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.reclaim_seconds):
                await self._wake.wait()
        self._wake.clear()

    async def _tend(self) -> None:
        # If it is lost in the middle of this, the next round begins anew.
        cut_off, self._cut_off = self._cut_off, False
        for runner in self._runners:
            if runner.stage.sole:
                await self._leading.renew(runner, cut_off=cut_off)
            elif not self._solo:
                await self._read_again(runner, cut_off=cut_off)
        await self._recovery.reclaim(sorted(self._leading.topics))
        if self._only and self._recovery.suspected:
            for runner in self._runners:
                await self._recovery.take_suspects(runner.stage)
        self._tended_at = time.monotonic()
        if self._recovery.suspected and not self._solo and self._call_for_help is not None:
            await self._call_for_help()

    async def _read_again(self, runner: Runner, *, cut_off: bool) -> None:
        """Start a reader that does not read, or may wait for an answer that never comes."""
        reader = self._readers[runner.stage.topic]
        if reader.alive and not cut_off:
            return
        log.warning("reader.again", stage=runner.stage.name)
        await reader.stop()
        await runner.regroup()
        await self._recovery.give_back_strays(runner)
        await reader.start()

    async def _hearing(self) -> None:
        """Listen for hints, so that a stop, and work given back, are felt at once.

        The next beat or round would bring them too. Nobody sees sooner that Redis is away, and that
        it is back.
        """
        while True:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as hints:
                    await hints.subscribe(keys.HINTS, *self._presence.channels)
                    if self._cut_off:
                        self._wake.set()
                    while True:
                        hint = await hints.get_message(timeout=5.0)
                        if hint is not None:
                            await self._heard(hint["channel"].decode(), hint["data"].decode())
            except AWAY:
                self._lost()
                await asyncio.sleep(RETRY)

    async def _heard(self, channel: str, hint: str) -> None:
        word, _, turn = hint.partition(" ")
        if word == keys.CALL:
            await self._presence.answer(channel)
        elif word == "stop":
            for runner in self._runners:
                runner.stop_turn(turn)
        elif word == "free":
            self._wake.set()
