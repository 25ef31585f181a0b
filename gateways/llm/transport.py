"""The HTTP connection to a provider: watched for silence, and for answers without an end.

All three providers' libraries take an HTTP client of ours. A limit on the whole request would kill
healthy answers that are long; a limit on each event would not see the signs of life between them.
So what is measured is the silence between two pieces of the body, whatever they are.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx2

from gateways.llm.door import Bounds


class Endless(httpx2.TransportError):
    """The answer is larger than anybody asked for."""


class Watched(httpx2.AsyncBaseTransport):
    """Passes requests on, and watches what comes back.

    Args:
        inner: who really sends.
        bounds: what an answer may take.
    """

    def __init__(self, inner: httpx2.AsyncBaseTransport, bounds: Bounds) -> None:
        self._inner = inner
        self._bounds = bounds

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request and return its response, whose body is watched."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._bounds.first
        request.headers["Accept-Encoding"] = "identity"
        try:
            async with asyncio.timeout_at(until):
                response = await self._inner.handle_async_request(request)
        except TimeoutError:
            raise httpx2.ReadTimeout(_silent(self._bounds.first), request=request) from None
        if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
            # Unpacked, a few bytes become gigabytes: behind our bounds, in the library.
            await response.aclose()
            raise httpx2.RemoteProtocolError("packed, which nobody asked for", request=request)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Body(response.stream, self._bounds, until, request)
        return response

    async def aclose(self) -> None:
        """Close all connections."""
        await self._inner.aclose()


class _Body(httpx2.AsyncByteStream):
    def __init__(
        self, inner: httpx2.AsyncByteStream, bounds: Bounds, until: float, request: httpx2.Request
    ) -> None:
        self._inner = inner
        self._bounds = bounds
        self._until = until
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        pieces = aiter(self._inner)
        left, until, wait = self._bounds.most, self._until, self._bounds.first
        while True:
            try:
                async with asyncio.timeout_at(until):
                    piece = await anext(pieces, None)
            except TimeoutError:
                raise httpx2.ReadTimeout(_silent(wait), request=self._request) from None
            if piece is None:
                return
            left -= len(piece)
            if left < 0:
                text = f"the answer has more than {self._bounds.most} bytes"
                raise Endless(text, request=self._request)
            yield piece
            wait = self._bounds.silence
            until = loop.time() + wait

    async def aclose(self) -> None:
        await self._inner.aclose()


def _silent(seconds: float) -> str:
    return f"silent for {seconds:g} s"


def client(bounds: Bounds) -> httpx2.AsyncClient:
    """Return a client for one provider; making one reads the certificates, so do it in a thread."""
    # Our own watch replaces the read timeout; the others are about connecting.
    timeout = httpx2.Timeout(connect=10.0, read=None, write=30.0, pool=10.0)
    limits = httpx2.Limits(max_connections=64, max_keepalive_connections=8, keepalive_expiry=30.0)
    inner = httpx2.AsyncHTTPTransport(limits=limits, retries=0)
    return httpx2.AsyncClient(transport=Watched(inner, bounds), timeout=timeout)
