"""The WebSocket of uvicorn, with a bound on what waits for a client that does not read.

What we send waits for the client to read. What the protocol sends by itself, a pong for each ping,
does not: who sends pings and reads nothing would fill our memory.
"""

from __future__ import annotations

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

MOST = 8 << 20
"""Bytes that may wait; the largest snapshot takes less."""


class Bounded(WebSocketsSansIOProtocol):
    """Gives up a client that goes on talking while so much waits for it."""

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        if self.transport.get_write_buffer_size() > MOST:
            self.transport.abort()
            return
        super().data_received(data)
