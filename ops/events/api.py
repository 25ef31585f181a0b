"""Events at the web door."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ops.event_sources import Sources
from ops.events.rules_api import RulesShown
from ops.keyring import gateway
from ops.slice import House
from ops.vault import Vault
from processors.events.rules import Rulebook
from processors.events.types import Types
from streams.accept import Ingress
from web.app import Endpoint
from web.events import Events
from web.hooks import Hooks
from web.telling import Telling

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
        telling, sources = Telling(ingress, types), Sources(Vault(settings.root))
        self._rules = RulesShown(settings.root, house.runtime.resource(Rulebook), journal)
        self.endpoints: Sequence[Endpoint] = (
            *self._rules.endpoints,
            *Events(telling, types, sources).endpoints,
            *Hooks(telling, sources).endpoints,
        )

    async def close(self) -> None:
        """Let go of what it opened."""
        await self._rules.close()
        await self._redis.aclose()
