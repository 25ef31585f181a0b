"""The runtime: the stages of one process, their readers, and what keeps them honest."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from redis.asyncio import Redis

from streams import functions
from streams.accept import Doors
from streams.blackbox import BlackBox
from streams.broker import Reader, broker
from streams.clearing import Attic
from streams.crash import NOWHERE, Crash
from streams.leadership import Leadership
from streams.live import LiveFeed
from streams.presence import Presence
from streams.record import Records
from streams.recovery import Recovery, release
from streams.roles import Server
from streams.rounds import Rounds
from streams.runner import Runner
from streams.settings import StreamsSettings
from streams.sign import Keyring
from streams.stage import Stage
from streams.store import AWAY, connect, waiting_room
from streams.surroundings import Surroundings
from streams.voice import Voice
from streams.watch import Watch

R = TypeVar("R")


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
        solo: run suspects only, few at a time.
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
        self._broker = broker(url)
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
            wake=asyncio.Event(),
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
        watching = Watch(self.redis, consumer, settings, attic, disk, voice=Voice.of(keyring))
        self._rounds = Rounds(
            self.redis,
            self._runners,
            self._readers,
            recovery=self._recovery,
            leading=self._leading,
            # Who runs suspects alone is no reader that others count on.
            presence=Presence(self.redis, consumer, [] if solo else list(stages), self._reading),
            watch=watching if watch and not solo else None,
            settings=settings,
            wake=around.wake,
            solo=solo,
            only=only,
            suspected=suspected,
        )

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
        await self._rounds.start()

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
        return self._rounds.fresh and all(health.reading for health in self.health())

    @property
    def broken(self) -> asyncio.Event:
        """Set when a round ended by a bug: only a new process helps."""
        return self._rounds.broken

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
        # A round would start the readers again.
        await self._rounds.only_keep()
        for reader in self._readers.values():
            await reader.stop()
        await asyncio.gather(
            *(runner.drain(self._settings.drain_seconds) for runner in self._runners)
        )
        await self._rounds.stop()
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
