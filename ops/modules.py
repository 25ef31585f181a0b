"""The slices that run, in a list, and the web door that serves them."""

from __future__ import annotations

import asyncio
import ipaddress
from typing import TYPE_CHECKING

from ops.alerts.api import Alerting
from ops.channels.api import Messengers
from ops.channels.wanted import Watched
from ops.channels.webhook import Webhook
from ops.conversations.api import Talking
from ops.desktop.api import Desktop
from ops.events.api import Eventing
from ops.files.api import Downloads
from ops.flow.api import Flowing
from ops.mcp.api import ForeignTools
from ops.memory.api import Remembering
from ops.monitor.api import Monitoring
from ops.panel.api import Paneling
from ops.schedules.api import Scheduling
from ops.settings import Settings
from ops.slice import House, Slice
from ops.users.api import Users
from ops.users.pairing_api import Pairings
from processors.agent.mind import Mind
from streams.runtime import Runtime
from web import health, openapi
from web.app import Endpoint, app
from web.auth import Gate
from web.guard import Site
from web.listener import Listener
from web.mcp import PATH as MCP
from web.static import Page

if TYPE_CHECKING:
    from ops.journal.pages import Pages


class Modules:
    """All slices of one process that listens.

    Args:
        house: what they are handed.
    """

    def __init__(self, house: House) -> None:
        async def answered(person: str) -> bool:
            return await talking.answered(person)

        desktop = Desktop(house, answered)
        users = Users(house, desktop.notices)
        talking = Talking(house, lambda: _journal(house.settings), users.step_up, desktop.follow)
        watched = Watched(house.settings)
        flowing = Flowing(
            house,
            lambda: _journal(house.settings),
            users.login_of,
            lambda: any(one.on for one in watched.now().values()),
        )
        panel = Paneling(house, users.proved)
        called = Webhook(house)
        messengers = (
            Pairings(house, users.accounts, panel.tell),
            Messengers(house, users.proved, panel.tell),
            called,
            ForeignTools(house, users.proved, panel.tell),
            Alerting(house, desktop.notices),
            Scheduling(house, desktop.notices, lambda: _journal(house.settings), panel.tell),
        )
        others = (
            Eventing(house, lambda: _journal(house.settings)), Downloads(house), Monitoring(house),
            flowing, panel, desktop, Remembering(house),
        )  # fmt: skip
        self.slices: tuple[Slice, ...] = (users, talking, *others, *messengers)
        self.accounts, self.desktop = users, desktop
        served = (
            *health.endpoints(house.runtime, house.notes, house.runtime.resource(Mind)),
            *(endpoint for one in self.slices for endpoint in one.endpoints),
            *Page(set_up=users.is_set_up).endpoints(),
        )
        self.endpoints: tuple[Endpoint, ...] = (*served, *openapi.endpoints(served))

    async def close(self) -> None:
        """Let go of what they opened."""
        for one in self.slices:
            await one.close()


def _journal(settings: Settings) -> Pages:
    # Loaded when somebody first uses the chat: it takes memory that others need not pay for.
    from ops.journal.pages import Pages  # noqa: PLC0415

    return Pages(settings)


class WebDoor:
    """The listener, and everything behind it.

    Args:
        settings: all settings.
        port: where to listen.
        runtime: the pipeline of this process.
        notes: what an owner must know.
    """

    def __init__(
        self, settings: Settings, port: int, runtime: Runtime, notes: tuple[str, ...]
    ) -> None:
        site = site_of(settings)
        ending = asyncio.Event()
        self._modules = Modules(House(settings, runtime, notes, site))
        gate = Gate(self._modules.accounts, site)
        host, endpoints = settings.http.host, self._modules.endpoints
        self._listeners = [Listener(host, port, app(endpoints, gate, site, ending), ending)]
        if settings.mcp_port is not None and settings.mcp_port != port:
            spoken = app([one for one in endpoints if one.path == MCP], gate, site, ending)
            self._listeners.append(Listener(host, settings.mcp_port, spoken, ending))

    async def start(self) -> None:
        """Listen.

        Raises:
            Refused: a port is taken.
        """
        for one in self._listeners:
            await one.start()

    async def stop(self) -> None:
        """Stop listening, then let go of everything."""
        for one in self._listeners:
            await one.stop()
        await self._modules.close()


def site_of(settings: Settings) -> Site:
    """Return under which names the server is reached, as the settings say."""
    http = settings.http
    return Site(
        url=http.url,
        hosts=frozenset((http.host, *http.hosts)),
        proxies=tuple(ipaddress.ip_network(one) for one in http.trusted_proxies),
    )
