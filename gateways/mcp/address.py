"""A foreign MCP server at an address, within bounds that the vendor's library has not.

That reads a JSON answer into memory however long it is, unpacks what a server packed, begins a
stream again as often as the server ends it, and takes any number of messages. So all of it goes
through a transport of ours, which counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import NoReturn

import httpx2

from gateways.mcp.bounds import LONGEST, Cut, Flood, Rate

CONNECT_SECONDS = 10.0
WHOLE_SECONDS = 125.0
"""How long one answer that is no stream may take, and a stream may be silent."""
LINES = 16
"""Connections at once."""
EVENTS = "text/event-stream"


class Bounded(httpx2.AsyncBaseTransport):
    """Passes requests on, and counts what comes back.

    Args:
        inner: who really sends.
        cut: ends the line with a server that goes too far.
    """

    def __init__(self, inner: httpx2.AsyncBaseTransport, cut: Cut) -> None:
        self._inner, self._cut = inner, cut
        self._rate = Rate()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request and return its response, whose body is counted.

        Raises:
            httpx2.TransportError: it went wrong; a server that went too far is cut off as well.
        """
        # Its answer is a message, and a server can have any number of requests made of it: by
        # redirects, and by ending a stream at once that is then begun again.
        self.count(1, 0, request)
        request.headers["Accept-Encoding"] = "identity"
        response = await self._inner.handle_async_request(request)
        if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
            # Unpacked, a few bytes become gigabytes: behind our bounds, in the library.
            await response.aclose()
            self.end(Flood("It packs what it sends, which nobody asked for."), request)
        streams = response.headers.get("content-type", "").lower().startswith(EVENTS)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = (_Events if streams else _Whole)(response.stream, self, request)
        return response

    async def aclose(self) -> None:
        """Close all connections."""
        await self._inner.aclose()

    def count(self, messages: int, size: int, request: httpx2.Request) -> None:
        """Count messages and bytes; too many are the end.

        Raises:
            httpx2.TransportError: there were too many.
        """
        try:
            self._rate.count(messages, size)
        except Flood as error:
            self.end(error, request)

    def end(self, why: Flood, request: httpx2.Request) -> NoReturn:
        """End the line with this server.

        Raises:
            httpx2.TransportError: always, for the library.
        """
        self._cut(why)
        raise httpx2.RemoteProtocolError(str(why), request=request)


class _Body(httpx2.AsyncByteStream):
    """What comes back to one request."""

    def __init__(
        self, inner: httpx2.AsyncByteStream, line: Bounded, request: httpx2.Request
    ) -> None:
        self._inner, self._line, self._request = inner, line, request

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Whole(_Body):
    """An answer in one piece: so long, and in so much time."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = LONGEST
        until = asyncio.get_running_loop().time() + WHOLE_SECONDS
        pieces = aiter(self._inner)
        while True:
            try:
                async with asyncio.timeout_at(until):
                    piece = await anext(pieces, None)
            except TimeoutError:
                self._line.end(Flood(f"It took more than {WHOLE_SECONDS:g} s."), self._request)
            if piece is None:
                return
            left -= len(piece)
            if left < 0:
                self._line.end(_long(), self._request)
            self._line.count(0, len(piece), self._request)
            yield piece


class _Events(_Body):
    """A stream of events, which an empty line ends each; it may last for as long as it likes."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        held, tail = 0, b""
        async for piece in self._inner:
            # A line's end in two pieces counts twice; that is too much, and too little for nobody.
            plain = tail + piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            ended = plain.count(b"\n\n")
            held = len(plain) - plain.rindex(b"\n\n") if ended else held + len(piece)
            tail = b"\n" if plain.endswith(b"\n") and not plain.endswith(b"\n\n") else b""
            if held > LONGEST:
                self._line.end(_long(), self._request)
            self._line.count(ended, len(piece), self._request)
            yield piece


def _long() -> Flood:
    return Flood(f"It sent more than {LONGEST} bytes in one message.")


def client(token: str, cut: Cut) -> httpx2.AsyncClient:
    """Return a client for one server.

    Args:
        token: what is shown to it; '' for nothing.
        cut: ends the line with it when it goes too far.
    """
    limits = httpx2.Limits(max_connections=LINES, max_keepalive_connections=4)
    inner = httpx2.AsyncHTTPTransport(limits=limits, retries=0, trust_env=False)
    return httpx2.AsyncClient(
        transport=Bounded(inner, cut),
        headers={"Authorization": f"Bearer {token}"} if token else {},
        timeout=httpx2.Timeout(WHOLE_SECONDS, connect=CONNECT_SECONDS),
        trust_env=False,
        follow_redirects=False,
    )
