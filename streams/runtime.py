"""The runtime: the stages of one process, their readers, and what keeps them honest."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import structlog
from redis.asyncio import Redis

from streams import functions, keys
from streams.accept import Doors
from streams.blackbox import BlackBox
from streams.broker import Reader, broker
from streams.clearing import Attic
from streams.crash import NOWHERE, Crash
from streams.leadership import Leadership
from streams.live import LiveFeed
from streams.presence import Presence
from streams.record import Records
from streams.recovery import Recovery, release, tidy
from streams.roles import Server
from streams.runner import Runner
from streams.settings import StreamsSettings
from streams.sign import Keyring
from streams.stage import Stage
from streams.store import AWAY, connect, waiting_room
from streams.surroundings import Surroundings
from streams.voice import Voice
from streams.watch import Watch

log = structlog.get_logger("streams")

R = TypeVar("R")

RETRY = 0.1
"""Seconds between two looks whether a Redis that is away is back."""


@dataclass(frozen=True)
class Health:
    """One stage's state, as readiness sees it."""

    stage: str
    reading: bool
    held: int


class Runtime:
    """Runs stages against one pair of Redis servers.

    Args:
        stages: what this process runs.
        url: the durable Redis, credentials included.
        live_url: the live Redis.
        consumer: this process's name in the consumer groups, unique among all that ever ran.
        settings: bounds and periods.
        keyring: the gateways whose signatures count.
        resources: what stages ask for by type.
        blackbox: where running work is written down.
        solo: run suspects only, one at a time.
        only: whether no other process runs these stages; then it takes over at its start what its
            predecessor held, and there is none that runs suspects alone.
        watch: whether it may watch over the whole deployment; one of those that may does.
        attic: where dead letters go when the desk is full; without one they stay.
        disk: a folder on the disk that must not become full.
        suspected: called in every round in which suspects wait; it has them run alone.
        crash: where this process is to die, in tests of recovery.
    """

    def __init__(
        self,
        stages: Sequence[Stage[..., Any]],
        *,
        url: str,
        live_url: str,
        consumer: str,
        settings: StreamsSettings,
        keyring: Keyring,
        resources: Mapping[type, object],
        blackbox: BlackBox | None = None,
        solo: bool = False,
        only: bool = False,
        watch: bool = False,
        attic: Attic | None = None,
        disk: Path | None = None,
        suspected: Callable[[], Awaitable[None]] | None = None,
        crash: Crash = NOWHERE,
    ) -> None:
        self.redis: Redis = connect(url)
        self.live: Redis = connect(live_url)
        self.feed = LiveFeed(self.live)
        self._settings = settings
        self._urls: dict[Server, str] = {"durable": url, "live": live_url}
        self._resources = resources
        self._consumer = consumer
        self._solo = solo
        self._only = only
        self._call_for_help = suspected
        self._broker = broker(url)
        self._cut_off = False
        self._wake = asyncio.Event()
        around = Surroundings(
            consumer=consumer,
            redis=self.redis,
            settings=settings,
            records=Records(self.redis),
            keyring=keyring,
            blackbox=blackbox or BlackBox(None),
            feed=self.feed,
            resources={
                LiveFeed: self.feed,
                Doors: Doors(self.redis, keyring, settings),
                **resources,
            },
            wake=self._wake,
            crash=crash,
        )
        self._runners = [Runner(stage, around) for stage in stages]
        self._readers = {
            runner.stage.topic: Reader(self._broker, runner.stage, consumer, runner.take)
            for runner in self._runners
        }
        self._recovery = Recovery(self.redis, consumer, self._runners, settings, solo=solo)
        self._pairs = [(runner.stage.topic, runner.stage.name) for runner in self._runners]
        self._leading = Leadership(
            self.redis, consumer, self._readers, self._recovery, settings, solo=solo
        )
        # Who runs suspects alone is no reader that others count on.
        shown = [] if solo else list(stages)
        self._presence = Presence(self.redis, consumer, shown, self._reading)
        watching = watch and not solo
        watch_of = (self.redis, consumer, settings, attic, disk)
        self._watch = Watch(*watch_of, voice=Voice.of(keyring)) if watching else None
        self._tasks: list[asyncio.Task[None]] = []
        self._tended_at = 0.0
        self.broken = asyncio.Event()
        """Set when the regular round ended by a bug: only a new process helps."""

    async def start(self) -> None:
        """Check the server's functions, make the groups, read.

        Raises:
            WrongLibrary: Redis runs the functions of another version.
        """
        await functions.check(self.redis)
        await self._broker.connect()
        for runner in self._runners:
            await runner.regroup()
            if self._only:
                await self._recovery.inherit(runner.stage)
        if not self._solo:
            # What a process gave back when it ended is older than all that nobody has read.
            await self._recovery.reclaim(())
            for runner in self._runners:
                if not runner.stage.sole:
                    await self._readers[runner.stage.topic].start()
        await self._tend()
        self._tasks = [
            asyncio.create_task(self._tending(), name="tend"),
            asyncio.create_task(self._keeping(), name="keep"),
            asyncio.create_task(self._hearing(), name="hints"),
        ]
        for task in self._tasks:
            task.add_done_callback(self._ended)

    def beside(self, server: Server, connections: int) -> Redis:
        """Return a client of its own, for work that must not get into the pipeline's way.

        Args:
            server: which Redis.
            connections: how many at most; whoever comes then waits for one.
        """
        return waiting_room(self._urls[server], connections)

    def resource(self, kind: type[R]) -> R:
        """Return what the stages ask for by this type.

        Raises:
            TypeError: nobody handed it in.
        """
        found = self._resources.get(kind)
        if not isinstance(found, kind):
            raise TypeError(f"nothing of type {kind.__name__} was handed in")
        return found

    @property
    def consumer(self) -> str:
        """This process's name in the consumer groups."""
        return self._consumer

    @property
    def ready(self) -> bool:
        """Whether every reader reads (a sole one: here or elsewhere) and Redis answers."""
        fresh = time.monotonic() - self._tended_at < 3 * self._settings.reclaim_seconds + 2
        return fresh and all(health.reading for health in self.health())

    def health(self) -> list[Health]:
        """Return the state of each stage."""
        return [
            Health(runner.stage.name, self._reading(runner.stage), len(runner.held))
            for runner in self._runners
        ]

    def _reading(self, stage: Stage[..., Any]) -> bool:
        return (
            self._solo
            or self._readers[stage.topic].alive
            or (stage.sole and stage.topic not in self._leading.topics)
        )

    @property
    def busy(self) -> bool:
        """Whether anything is in hand."""
        return any(runner.held for runner in self._runners)

    async def drain(self) -> None:
        """Stop reading, finish what is in hand, give the rest back. No attempt is counted."""
        # The regular round first: it would start the readers again.
        for task in self._tasks:
            if task.get_name() == "tend":
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        for reader in self._readers.values():
            await reader.stop()
        await asyncio.gather(
            *(runner.drain(self._settings.drain_seconds) for runner in self._runners)
        )
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(*AWAY):
            async with asyncio.timeout(5):
                await self._leading.resign()
                await release(self.redis, self._consumer, self._pairs, [])
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2):
                await self.feed.flush()
        await self._broker.stop()
        await self.redis.aclose()
        await self.live.aclose()

    # The regular round ---------------------------------------------------------------------

    async def _keeping(self) -> None:
        """Keep what is in hand, however long a round of tending takes, and while draining."""
        while True:
            with contextlib.suppress(*AWAY):
                await self._recovery.beat()
            await asyncio.sleep(self._settings.beat_seconds / 5)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("runtime.broken", task=task.get_name(), exc_info=error)
            self.broken.set()

    async def _tending(self) -> None:
        trimmed_at = 0.0
        while True:
            await self._pause()
            try:
                await self._tend()
                if self._watch is not None:
                    await self._watch.round()
                if time.monotonic() - trimmed_at > self._settings.trim_seconds:
                    await tidy(self.redis, self._pairs)
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
        if not self._solo:
            for runner in self._runners:
                reader = self._readers[runner.stage.topic]
                if not runner.stage.sole and (cut_off or not reader.alive):
                    log.warning("reader.again", stage=runner.stage.name)
                    await reader.stop()
                    await runner.regroup()
                    await self._recovery.give_back_strays(runner)
                    await reader.start()
        await self._recovery.reclaim(sorted(self._leading.topics))
        if self._only and self._recovery.suspected:
            for runner in self._runners:
                await self._recovery.take_suspects(runner.stage)
        self._tended_at = time.monotonic()
        if self._recovery.suspected and not self._solo and self._call_for_help is not None:
            await self._call_for_help()

    async def _hearing(self) -> None:
        """Listen for hints, so that a stop, and work given back, are felt at once.

        The next beat or round would bring them too. Nobody sees sooner that Redis is away, and that
        it is back.
        """
        while True:
            try:
                async with self.redis.pubsub(ignore_subscribe_messages=True) as hints:
                    await hints.subscribe(keys.HINTS, *self._presence.channels)
                    if self._cut_off:
                        self._wake.set()
                    while True:
                        hint = await hints.get_message(timeout=5.0)
                        if hint is None:
                            continue
                        word, _, turn = hint["data"].decode().partition(" ")
                        if word == keys.CALL:
                            await self._presence.answer(hint["channel"].decode())
                        elif word == "stop":
                            for runner in self._runners:
                                runner.stop_turn(turn)
                        elif word == "free":
                            self._wake.set()
            except AWAY:
                self._lost()
                await asyncio.sleep(RETRY)
