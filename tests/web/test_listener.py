"""A client that is slow, endless or silent keeps nothing for itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from tests.web.door import COOKIE, Two, running
from web import guard, listener
from web.app import Endpoint


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the same happen in half a second."""
    monkeypatch.setattr(listener, "HEAD_SECONDS", 0.5)
    monkeypatch.setattr(guard, "IDLE_SECONDS", 0.5)
    monkeypatch.setattr(guard, "BODY_SECONDS", 2.0)


async def connected(
    client: httpx.AsyncClient,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", client.base_url.port)


async def all_of(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(20):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "first", [b"", b"GET /pa", b"GET /page HTTP/1.1\r\nHost: localhost\r\nX-A: "]
)
async def test_a_head_that_does_not_come_ends_the_connection(
    client: httpx.AsyncClient, first: bytes
) -> None:
    reader, writer = await connected(client)
    writer.write(first)

    async def drip() -> None:
        while True:
            await asyncio.sleep(0.1)
            if first:
                writer.write(b"a")

    dripping = asyncio.create_task(drip())
    assert await all_of(reader) == b""
    dripping.cancel()
    writer.close()


@pytest.mark.usefixtures("impatient")
async def test_nor_does_the_second_head(client: httpx.AsyncClient) -> None:
    reader, writer = await connected(client)
    writer.write(b"GET /page HTTP/1.1\r\nHost: localhost\r\n\r\nGET /pa")
    said = await all_of(reader)
    assert said.count(b"HTTP/1.1 200") == 1
    writer.close()


async def test_a_head_without_end_ends_the_connection(client: httpx.AsyncClient) -> None:
    reader, writer = await connected(client)
    writer.write(b"GET /page HTTP/1.1\r\nHost: localhost\r\n")
    sent = 0
    try:
        while sent < 20 * listener.HEAD_BYTES and not writer.is_closing():
            writer.write(b"X-More: " + b"a" * 1000 + b"\r\n")
            await writer.drain()
            await asyncio.sleep(0)
            sent += 1000
    except ConnectionError:
        pass
    assert await all_of(reader) == b""
    assert sent < 20 * listener.HEAD_BYTES
    writer.close()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("pause", [0.1, 30.0])
async def test_a_body_that_does_not_come_is_given_up(
    client: httpx.AsyncClient, pause: float
) -> None:
    reader, writer = await connected(client)
    writer.write(b"POST /size HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n")

    async def drip() -> None:
        while True:
            await asyncio.sleep(pause)
            writer.write(b"a")

    dripping = asyncio.create_task(drip())
    async with asyncio.timeout(20):
        assert b" 408 " in await reader.readline()
    dripping.cancel()
    writer.close()


async def test_a_body_that_is_too_large_is_refused(client: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 1000

    json = {"Content-Type": "application/json"}
    said = await client.post("/public", content=b"x" * 10_001, headers=json)
    assert (said.status_code, said.json()["code"]) == (413, "too_large")
    said = await client.post("/public", content=endless(), headers=json)
    assert said.status_code == 413
    assert (await client.post("/size", content=b"x" * 2_000_000)).json() == {"bytes": 2_000_000}


async def drip(_: Request) -> Response:
    """An answer that never ends by itself."""

    async def words() -> AsyncIterator[bytes]:
        while True:
            yield b": here\n\n"
            await asyncio.sleep(0.02)

    return StreamingResponse(words(), media_type="text/event-stream")


STREAM = (Endpoint("GET", "/stream", drip, "chat", streams=True),)


async def test_a_long_answer_ends_with_its_login() -> None:
    accounts = Two()
    async with (
        running(endpoints=STREAM, accounts=accounts) as client,
        client.stream("GET", "/stream", headers=COOKIE) as answer,
    ):
        parts = answer.aiter_bytes()
        assert await anext(parts)
        accounts.ended.set()
        async with asyncio.timeout(10):
            # It ends as an answer does, not as a broken connection.
            async for _ in parts:
                pass


async def test_the_server_stops_although_somebody_listens() -> None:
    began = asyncio.Event()

    async def listen(url: httpx.URL) -> float:
        async with (
            httpx.AsyncClient(base_url=url, trust_env=False) as client,
            client.stream("GET", "/stream", headers=COOKIE) as answer,
        ):
            async for _ in answer.aiter_bytes():
                began.set()
        return time.monotonic()

    async with running(endpoints=STREAM) as client:
        listening = asyncio.create_task(listen(client.base_url))
        await began.wait()
        at = time.monotonic()
    async with asyncio.timeout(10):
        assert await listening - at < listener.STOP_SECONDS
