"""How a client learns that its call goes on: progress, a question to its person, signs of life."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio

from schemas.approvals import ApprovalView

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext

TICK_SECONDS = 10.0
"""After this silence the last news is told again: clients give up what says nothing for long."""
DEAF_SECONDS = 5.0
"""How long a client that does not read may hold up the news; then it misses them."""
LONGEST = 500
"""Characters of one piece of news."""


class Telling:
    """Tells one call's client how far it is.

    Args:
        context: of the request.
        page: the address at which a person decides; '' where there is none to give.

    Attributes:
        declined: set when the person said in their client that they do not want it.
    """

    def __init__(self, context: ServerRequestContext[Any, Any], page: str) -> None:
        self.declined = asyncio.Event()
        self._session, self._page = context.session, page
        self._request = context.request_id
        self._told, self._news = 0, ""
        self._asking: set[asyncio.Task[None]] = set()

    async def says(self, text: str) -> None:
        """Take what the call says while it runs."""
        await self._tell(text[-LONGEST:])

    async def asks(self, request: ApprovalView) -> None:
        """Take notice that a person is asked first."""
        what = f"{request.tier}: {request.command or request.tool}"[:LONGEST]
        await self._tell(f"A person must decide first. {what}")
        capabilities = self._session.client_capabilities
        can = capabilities.elicitation if capabilities is not None else None
        if self._page and self._session.can_send_request and can is not None and can.url:
            task = asyncio.ensure_future(self._open(request.id, what))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)

    async def _open(self, name: str, what: str) -> None:
        """Have the person's client open the page on which they decide.

        Nothing is decided by its answer, for a program could give it: the page asks whoever is
        signed in there. Only that they do not want it is taken from here.
        """
        from mcp.shared.exceptions import MCPError  # noqa: PLC0415 - loaded by then

        said = f"This needs your decision, on the page of your server. {what}"
        try:
            found = await self._session.elicit_url(said, self._page, name, self._request)
        except MCPError:
            return  # a client that cannot after all; the card waits on the page all the same
        if found.action == "decline":
            self.declined.set()

    @asynccontextmanager
    async def lively(self) -> AsyncIterator[None]:
        """Tell the last news again and again until the end of the block."""
        ticking = asyncio.ensure_future(self._tick())
        try:
            yield
        finally:
            tasks = (ticking, *self._asking)
            for task in tasks:
                task.cancel()
            with anyio.CancelScope(shield=True):
                await asyncio.wait(tasks)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            await self._tell(self._news or "It is being worked on.")

    async def _tell(self, text: str) -> None:
        self._news, self._told = text, self._told + 1
        with anyio.move_on_after(DEAF_SECONDS):
            await self._session.report_progress(self._told, message=text)
