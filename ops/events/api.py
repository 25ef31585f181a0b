"""Events at the web door."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from gateways.machines.docker import SOCKET
from gateways.machines.docker_events import DockerEvents
from ops import logs
from ops.event_sources import Sources
from ops.events.docker import DOCKER, Watching
from ops.events.rules_api import RulesShown
from ops.keyring import gateway
from ops.slice import House
from ops.vault import Vault
from processors.agent.people import People
from processors.events.fit import fault
from processors.events.rules import Rulebook
from processors.events.trail import Trails
from processors.events.types import Types
from processors.tools.registry import Registry
from streams.accept import Ingress
from streams.brakes import skipped
from web.app import Endpoint
from web.events import Events
from web.hooks import Hooks
from web.telling import Telling

log = logs.logger("events")

CONNECTIONS = 8
"""To the durable Redis; whoever tells something then waits for one."""


class Eventing:
    """Everything by which programs tell that something happened.

    Args:
        house: what every slice is handed.
        journal: opens the written history.
    """

    def __init__(self, house: House, journal: Callable[[], Any]) -> None:
        settings, types = house.settings, house.runtime.resource(Types)
        self._redis = house.runtime.beside("durable", CONNECTIONS)
        ingress = Ingress(self._redis, gateway(settings, "web"), settings.streams)
        telling = Telling(ingress, types, house.runtime.resource(Trails))
        sources = Sources(Vault(settings.root))
        tools, people = house.runtime.resource(Registry), house.runtime.resource(People)
        self._rules = RulesShown(
            settings.root,
            house.runtime.resource(Rulebook),
            journal,
            lambda rule: fault(rule, tools, people),
            partial(skipped, self._redis),
        )
        self.endpoints: Sequence[Endpoint] = (
            *self._rules.endpoints,
            *Events(telling, types, sources).endpoints,
            *Hooks(telling, sources).endpoints,
        )

        self._watching: asyncio.Task[None] | None = None
        if settings.events.docker:
            door = Ingress(self._redis, gateway(settings, DOCKER), settings.streams)
            watching = Watching(DockerEvents(SOCKET), door, settings.root / "events/docker.since")
            self._watching = asyncio.create_task(watching.run(), name="docker")
            self._watching.add_done_callback(lambda task: _ended(task, house.runtime.broken))

    async def close(self) -> None:
        """Let go of what it opened."""
        await self._rules.close()
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching
        await self._redis.aclose()


def _ended(task: asyncio.Task[None], broken: asyncio.Event) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("docker.broken", exc_info=error)
        broken.set()
