"""Foreign MCP servers at the web door: what they offer, and what the owner makes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response

from ops.control import tell
from ops.foreign_servers import Book
from ops.slice import Announces, House, Proves
from schemas.errors import Expected
from schemas.foreign import (
    ClassifyForm,
    Foreigner,
    ForeignServerView,
    ForeignToolView,
    ForeignView,
    Met,
    Offered,
)
from schemas.tools import Tier
from streams.embedded import socket_folder
from web.app import Endpoint
from web.auth import owner
from web.http import answer, nothing, read

OURS = "The foreign servers are the owner's."
SMALL = 4 << 10
"""Bytes; nothing that is said here is longer."""
CHILD = "mcp"


class ForeignTools:
    """The foreign servers, for the owner; one is added at the terminal, where all of it is read.

    Args:
        house: what every slice is handed.
        proved: makes sure that somebody showed a moment ago that it is them.
        announce: lets everybody hear of a change.
    """

    def __init__(self, house: House, proved: Proves, announce: Announces) -> None:
        self._proved, self._announce = proved, announce
        self._book = Book(house.settings.root)
        self._sockets = house.settings.streams.sockets or socket_folder(house.settings.root)
        # One change after the other: each writes the whole of what stands there.
        self._turn = asyncio.Lock()
        path = "/api/mcp"
        self.endpoints: Sequence[Endpoint] = (
            Endpoint("GET", path, self.all, "login", gives=ForeignView),
            Endpoint(
                "PUT", f"{path}/{{server}}/tier", self.classify, "login", ClassifyForm, ForeignView,
                body=SMALL,
            ),
            Endpoint("DELETE", f"{path}/{{server}}", self.remove, "login", status=204),
        )  # fmt: skip

    async def close(self) -> None:
        """Nothing is open."""

    async def all(self, request: Request) -> Response:
        """List the foreign servers: how each is, and how dangerous each of its tools."""
        owner(request, OURS)
        return answer(await asyncio.to_thread(self._shown))

    async def classify(self, request: Request) -> Response:
        """Say how dangerous a foreign tool is, as it was shown.

        Where that lets it do more than before, it needs a fresh proof (`/api/auth/proof`).
        """
        who, server = owner(request, OURS), str(request.path_params["server"])
        form = await read(request, ClassifyForm)
        tier = Tier[form.tier]
        async with self._turn:
            if tier < self._before(server, form):
                await self._proved(who)
            await asyncio.to_thread(self._book.classify, server, form.tool, tier, form.pin)
            found = await asyncio.to_thread(self._shown)
        about = {"server": server, "tool": form.tool, "tier": form.tier}
        await self._announce("mcp.changed", about, who)
        return answer(found)

    async def remove(self, request: Request) -> Response:
        """Forget a foreign server, and what was made of its tools."""
        who, server = owner(request, OURS), str(request.path_params["server"])
        async with self._turn:
            await asyncio.to_thread(self._book.remove, server)
            left = self._book.owner().servers
        if not left:
            with suppress(OSError, Expected, ValueError):  # nobody supervises us
                await tell(self._sockets, "stop", CHILD)
        await self._announce("mcp.changed", {"server": server, "removed": True}, who)
        return nothing()

    def _before(self, server: str, form: ClassifyForm) -> Tier:
        """Return what the owner made of a tool that describes itself so; BLACK is nothing.

        What the server says at this moment is not asked: it chooses the moment.
        """
        known = self._book.owner().servers.get(server)
        made = known.tools.get(form.tool) if known else None
        return made.tier if made and made.pin == form.pin else Tier.BLACK

    def _shown(self) -> ForeignView:
        servers, met = self._book.owner().servers, self._book.met().servers
        return ForeignView(
            servers=tuple(
                # One that was added a moment ago was not met yet.
                self._server(name, known, met.get(name) or Met(state="starting"))
                for name, known in sorted(servers.items())
            )
        )

    def _server(self, name: str, known: Foreigner, met: Met) -> ForeignServerView:
        return ForeignServerView(
            name=name,
            state=met.state,
            why=met.why,
            reached=known.reached,
            tools=tuple(self._tool(name, one) for one in met.tools),
        )

    def _tool(self, server: str, one: Offered) -> ForeignToolView:
        tier, why = self._book.tier(server, one.name)
        takes = one.parameters.get("properties")
        return ForeignToolView(
            name=one.name,
            description=one.description,
            takes=tuple(takes) if isinstance(takes, dict) else (),
            tier=tier,
            why=why,
            pin=one.pin,
        )
