"""Answers of a foreign MCP server over HTTP, within bounds that the vendor's library has not."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2

LONGEST = 1 << 20
"""Bytes of one answer. A stream of events may go on; the library bounds each of them."""
PLAIN = {"Accept-Encoding": "identity"}
"""What is small on the way may be endless once it is unpacked."""


class TooLong(httpx2.StreamError):
    """The server says too much; the library takes it for an answer that cannot be read."""


class Bounded(httpx2.AsyncBaseTransport):
    """Hands requests on, and ends answers that are too long.

    Args:
        inner: sends them.
    """

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request, and return the beginning of its answer.

        Raises:
            TooLong: it comes packed, though nobody asked for that.
        """
        response = await self._inner.handle_async_request(request)
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            await response.aclose()
            raise TooLong("It sent an answer that is packed.")
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "text/event-stream":
            assert isinstance(response.stream, httpx2.AsyncByteStream)
            response.stream = _Counted(response.stream)
        return response

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._inner.aclose()


class _Counted(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        count = 0
        async for piece in self._inner:
            count += len(piece)
            if count > LONGEST:
                raise TooLong(f"It sent more than {LONGEST} bytes in one answer.")
            yield piece

    async def aclose(self) -> None:
        await self._inner.aclose()
