"""Sending to another server: what it says, and where nothing is ever sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gateways.internet.address import Allowed
from gateways.internet.post import Post
from schemas.errors import Expected, Forbidden, Invalid, NotFound, Refused, Transient, Unavailable

Server = tuple[int, list[bytes]]


@asynccontextmanager
async def answering(status: str, more: str = "") -> AsyncIterator[Server]:
    """Run a server that answers everything in this way; yield its port and what it was sent."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        size = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        heard.append(head + await reader.readexactly(size))
        writer.write(f"HTTP/1.1 {status}\r\n{more}Content-Length: 0\r\n\r\n".encode())
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], heard


def post(port: int, *hosts: str) -> Post:
    async def resolve(host: str, port: int) -> tuple[str, ...]:
        return ("127.0.0.1",)

    return Post(Allowed(hosts, (port,), resolve), 5)


async def test_it_is_sent_as_it_is() -> None:
    async with answering("204 No Content") as (port, heard):
        await post(port, "tea.example").post(
            f"http://tea.example:{port}/in", b'{"a": 1}', {"Idempotency-Key": "k"}
        )
    (sent,) = heard
    assert sent.startswith(b"POST /in HTTP/1.1\r\n")
    assert sent.endswith(b'{"a": 1}')
    assert f"host: tea.example:{port}\r\n".encode() in sent.lower()
    assert b"idempotency-key: k\r\n" in sent.lower()


@pytest.mark.parametrize(
    ("status", "more", "error"),
    [
        ("500 Wrong", "", Transient),
        ("503 Busy", "", Unavailable),
        ("429 Slow", "Retry-After: 7\r\n", Unavailable),
        ("404 Gone", "", NotFound),
        ("403 No", "", Forbidden),
        ("302 Found", "Location: http://127.0.0.1:1/\r\n", Refused),
        ("400 Bad", "", Refused),
    ],
)
async def test_what_the_other_side_says(status: str, more: str, error: type[Expected]) -> None:
    async with answering(status, more) as (port, heard):
        with pytest.raises(error) as told:
            await post(port, "tea.example").post(f"http://tea.example:{port}/", b"{}", {})
    assert type(told.value) is error
    assert len(heard) == 1
    if "429" in status:
        assert isinstance(told.value, Transient)
        assert told.value.retry_after == 7


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{}/", "http://evil.example:{}/", "http://[::ffff:127.0.0.1]:{}/"]
)
async def test_nothing_is_sent_into_the_house(url: str) -> None:
    async with answering("204 No Content") as (port, heard):
        with pytest.raises(Forbidden):
            await post(port, "tea.example").post(url.format(port), b"{}", {})
        with pytest.raises(Invalid):
            await post(port, "tea.example").post("file:///etc/passwd", b"{}", {})
    assert heard == []
