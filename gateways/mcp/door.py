"""Our MCP server behind HTTP: loaded when the first client comes, gone with the web door."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.types import Receive, Scope, Send

from gateways.mcp.base import Behind
from gateways.mcp.server import Serving
from gateways.mcp.sessions import sessions
from schemas.errors import Unavailable

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

LARGEST = 1 << 20
"""Bytes of one request."""
SESSIONS = 256
"""Of all logins at once; beyond them nobody new comes in. One login may have a part of them."""
IDLE_SECONDS = 30 * 60.0
"""After which a session that is not used ends; longer than a person may take to decide."""


class StreamableDoor:
    """Speaks streamable HTTP for whoever was let in already.

    Who may come, from where and under which name is checked by the web door before it; a session's
    number lets nobody in.

    Args:
        version: of this program.
        behind: returns what the caller of a request has.
        page: returns where that caller's person decides.
    """

    def __init__(
        self, version: str, behind: Callable[[Any], Behind], page: Callable[[Any], str]
    ) -> None:
        self._version, self._behind, self._page = version, behind, page
        self._opening = asyncio.Lock()
        self._ending = asyncio.Event()
        self._manager: StreamableHTTPSessionManager | None = None
        self._running: asyncio.Task[None] | None = None

    async def serve(self, scope: Scope, receive: Receive, send: Send, login: str) -> None:
        """Serve one request.

        Args:
            scope: of the request, as are the two that follow.
            receive: takes its body.
            send: sends the answer.
            login: of the caller: a session answers only the one that began it.

        Raises:
            Crowded: the login has as many sessions as it may.
            Unavailable: the server stops.
        """
        manager = await self._open()
        from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser  # noqa: PLC0415
        from mcp.server.auth.provider import AccessToken  # noqa: PLC0415

        user = AuthenticatedUser(AccessToken(token="", client_id=login, scopes=[]))
        await manager.handle_request({**scope, "user": user}, receive, send)

    async def close(self) -> None:
        """End all sessions."""
        self._ending.set()
        if self._running is not None:
            await self._running

    async def _open(self) -> StreamableHTTPSessionManager:
        async with self._opening:
            if self._ending.is_set():
                raise Unavailable("The server stops.")
            if self._manager is None:
                # In a thread, for meanwhile the pipeline works on.
                await asyncio.to_thread(importlib.import_module, "mcp.server.lowlevel")
                manager, ready = self._made(), asyncio.Event()
                self._running = asyncio.create_task(self._run(manager, ready), name="mcp")
                await ready.wait()
                self._manager = manager
            return self._manager

    def _made(self) -> StreamableHTTPSessionManager:
        from mcp.server.transport_security import TransportSecuritySettings  # noqa: PLC0415

        return sessions(
            Serving(self._version, self._behind, self._page).server,
            max_request_body_size=LARGEST,
            max_sessions=SESSIONS,
            session_idle_timeout=IDLE_SECONDS,
            # The web door before it has looked at Host and Origin, by the owner's settings.
            security_settings=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        )

    async def _run(self, manager: StreamableHTTPSessionManager, ready: asyncio.Event) -> None:
        # One task begins and ends it, as its task group asks for.
        async with manager.run():
            ready.set()
            await self._ending.wait()
