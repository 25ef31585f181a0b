"""The application: endpoints in a table, each behind the same door."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Message, Receive, Send
from starlette.types import Scope as Connection
from starlette.websockets import WebSocket

from web.auth import Gate, Needs, Unauthorized
from web.guard import UNSAFE, Guard, Site, bounded, same_origin
from web.problems import Problems, of_router

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "WS"]
MEGABYTE = 1 << 20
LARGEST = 10 * MEGABYTE
"""Bytes of a body, unless the endpoint says otherwise."""
ENDED = 4401
"""How a WebSocket learns that its login has ended."""
AWAY = 1001
"""How a WebSocket learns that the server stops (RFC 6455, 7.4.1)."""
GRACE = 2.0
"""Seconds a client gets to take the end of an answer that is cut off."""


@dataclass(frozen=True)
class Endpoint:
    """One thing one can ask the web door.

    Attributes:
        method: the HTTP method, or WS.
        path: as Starlette writes it, such as `/api/keys/{id}`.
        call: takes the request and returns the answer; takes the WebSocket, for WS.
        needs: what the caller must have; `nothing` is for everybody, signed in or not.
        takes: the model of the body, for the description of the interface.
        gives: the model of the answer.
        status: of the answer when all is well.
        body: bytes the body may have.
        streams: whether the answer goes on for long; then it ends when the caller's login does.
        page: whether other sites may link here: a page for people, nothing for programs.
        query: what the address may say behind the question mark, each with what it means.
        once: whether the header `Idempotency-Key` makes a repeat the same request.
        form: the name of the file in the form that is sent; '' where JSON is sent.
        media: of the answer, where that is not JSON.
        foreign: whether it speaks a protocol of others, whose own words say what is wrong too.
        signed: the header of a signature by which somebody may prove themselves in the place of a
            key; the function checks it.
    """

    method: Method
    path: str
    call: Callable[[Request], Awaitable[Response]] | Callable[[WebSocket], Awaitable[None]]
    needs: Needs
    takes: type[BaseModel] | None = None
    gives: type[BaseModel] | None = None
    status: int = 200
    body: int = LARGEST
    streams: bool = False
    page: bool = False
    query: Mapping[str, str] = field(default_factory=dict)
    once: bool = False
    form: str = ""
    media: str = ""
    foreign: bool = False
    signed: str = ""


def app(endpoints: Sequence[Endpoint], gate: Gate, site: Site, ending: asyncio.Event) -> Starlette:
    """Return the application.

    Args:
        endpoints: everything it serves; the first that fits a request counts.
        gate: decides who may use what.
        site: who we are.
        ending: set when the server stops: long answers end then.
    """
    return Starlette(
        routes=[_route(one, Door(one, gate, site, ending)) for one in endpoints],
        middleware=[Middleware(Guard, site=site)],
        exception_handlers={HTTPException: of_router},
    )


def _route(endpoint: Endpoint, door: Door) -> BaseRoute:
    if endpoint.method == "WS":
        return WebSocketRoute(endpoint.path, Problems(door))
    return Route(endpoint.path, Problems(door), methods=[endpoint.method])


class Door:
    """One endpoint behind its checks.

    Args:
        endpoint: what is served.
        gate: decides who may.
        site: who we are.
        ending: set when the server stops.
    """

    def __init__(self, endpoint: Endpoint, gate: Gate, site: Site, ending: asyncio.Event) -> None:
        self._endpoint, self._gate, self._site, self._ending = endpoint, gate, site, ending
        self._change = endpoint.method in UNSAFE or endpoint.method == "WS"

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        endpoint, connection = self._endpoint, HTTPConnection(scope)
        by_signature = bool(endpoint.signed) and endpoint.signed in connection.headers
        if endpoint.needs == "nothing" or by_signature:
            if not endpoint.page:
                same_origin(self._site, connection)
            await self._serve(scope, receive, send)
            return
        caller = await self._gate.admit(connection, endpoint.needs, change=self._change)
        connection.state.caller = caller
        if not (endpoint.streams or endpoint.method == "WS"):
            await self._serve(scope, receive, send)
            return
        with self._gate.accounts.watched(caller.login) as ended:
            await self._serve_until(ended, scope, receive, send)

    async def _serve(self, scope: Connection, receive: Receive, send: Send) -> None:
        call: Any = self._endpoint.call
        if scope["type"] == "websocket":
            await call(WebSocket(scope, receive, send))
            return
        request = Request(scope, bounded(scope, receive, self._endpoint.body), send)
        response: Response = await call(request)
        await response(scope, request.receive, send)

    async def _serve_until(
        self, ended: asyncio.Event, scope: Connection, receive: Receive, send: Send
    ) -> None:
        """Serve what goes on for long, until it is done, its login ends, or the server does."""
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        serving = asyncio.ensure_future(self._serve(scope, receive, noting))
        ends = [asyncio.ensure_future(one.wait()) for one in (ended, self._ending)]
        try:
            await asyncio.wait((serving, *ends), return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                await serving
                return
        finally:
            for one in (serving, *ends):
                one.cancel()
            await asyncio.wait((serving,))
        if scope["type"] == "websocket":
            code = ENDED if ended.is_set() else AWAY
            last: Message = {"type": "websocket.close", "code": code}
        elif begun:
            last = {"type": "http.response.body", "body": b"", "more_body": False}
        else:
            raise Unauthorized("This login has ended.")
        with suppress(TimeoutError, RuntimeError):  # who does not read, or has gone by itself
            async with asyncio.timeout(GRACE):
                await send(last)
