"""A client that sends pings and never reads the pongs."""

from __future__ import annotations

import asyncio

import pytest

from tests.web.house import OWNER, House
from web import bounded

HEAD = (
    "GET /api/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    f"X-API-Key: {OWNER}\r\n\r\n"
)
MOST = 64 << 20
"""Bytes of pings; the system's own buffers for one connection take less."""
PING = bytes([0x89, 0x80 | 125]) + bytes(4) + b"x" * 125


def frame(text: bytes) -> bytes:
    return bytes([0x81, 0x80 | len(text)]) + bytes(4) + text


async def test_who_sends_pings_and_reads_no_pongs_is_given_up(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "MOST", 1 << 18)
    reader, writer = await asyncio.open_connection("127.0.0.1", home.port)
    writer.write(HEAD.encode())
    assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
    writer.write(frame(b'{"subscribe": ["sessions"]}'))
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    with pytest.raises(ConnectionError):
        await flood(writer)
    writer.close()
    assert (await home.client().get("/readyz")).status_code == 200


async def flood(writer: asyncio.StreamWriter) -> None:
    """Send pings until the other side has had enough."""
    for _ in range(MOST // (len(PING) * 500)):
        writer.write(PING * 500)
        await writer.drain()
