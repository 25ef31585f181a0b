"""A foreign server at an address may answer for ever: it is not listened to for ever."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from mcp import MCPError

from gateways.mcp.answers import LONGEST
from gateways.mcp.client import speaking

HELLO = {
    "protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
    "serverInfo": {"name": "endless", "version": "1"},
}  # fmt: skip
SENT = 64 * LONGEST
"""Bytes that it would send if somebody took them."""


class Server:
    """Says who it is, and then answers as it likes."""

    def __init__(self, answer: Callable[[int], tuple[str, AsyncIterator[bytes]]]) -> None:
        self._answer = answer
        self.sent, self.heads = 0, list[str]()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                self.heads.append(head)
                size = head.partition("content-length:")[2].partition("\r\n")[0]
                asked = json.loads(await reader.readexactly(int(size or 0)) or b"{}")
                await self._reply(asked, writer)
        writer.close()

    async def _reply(self, asked: dict[str, object], writer: asyncio.StreamWriter) -> None:
        number = asked.get("id")
        if number is None:
            writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
        elif asked["method"] == "initialize":
            body = json.dumps({"jsonrpc": "2.0", "id": number, "result": HELLO}).encode()
            head = f"Content-Type: application/json\r\nContent-Length: {len(body)}"
            writer.write(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode() + body)
        elif asked["method"] == "tools/list":
            assert isinstance(number, int)
            head, pieces = self._answer(number)
            writer.write(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode())
            async for piece in pieces:
                writer.write(piece)
                self.sent += len(piece)
                await writer.drain()
            writer.close()
        else:
            body = {"jsonrpc": "2.0", "id": number, "error": {"code": -32601, "message": "no"}}
            text = json.dumps(body).encode()
            head = f"Content-Type: application/json\r\nContent-Length: {len(text)}"
            writer.write(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode() + text)
        await writer.drain()


async def endless() -> AsyncIterator[bytes]:
    yield b'{"jsonrpc":"2.0","id":1,"result":{"tools":[],"_meta":{"x":"'
    for _ in range(SENT // 65_536):
        yield b"x" * 65_536


def long(_: int) -> tuple[str, AsyncIterator[bytes]]:
    return "Content-Type: application/json\r\nConnection: close", endless()


def packed(number: int) -> tuple[str, AsyncIterator[bytes]]:
    async def pieces() -> AsyncIterator[bytes]:
        room = "x" * (8 * LONGEST)
        told = {"jsonrpc": "2.0", "id": number, "result": {"tools": [], "_meta": {"x": room}}}
        yield gzip.compress(json.dumps(told).encode())

    head = "Content-Type: application/json\r\nContent-Encoding: gzip\r\nConnection: close"
    return head, pieces()


@asynccontextmanager
async def serving(answer: Callable[[int], tuple[str, AsyncIterator[bytes]]]) -> AsyncIterator[
    tuple[Server, str]
]:
    server = Server(answer)
    async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        yield server, f"http://127.0.0.1:{port}/mcp"


@pytest.mark.parametrize("answer", [long, packed])
async def test_an_answer_that_is_too_long_is_none(
    answer: Callable[[int], tuple[str, AsyncIterator[bytes]]],
) -> None:
    async with serving(answer) as (server, url):
        with pytest.raises((MCPError, ExceptionGroup)) as raised:
            async with speaking((), url, "", lambda: None) as foreign:
                await foreign.tools()
    assert "It sent" in repr(raised.value)
    assert server.sent < SENT / 2
    assert all("accept-encoding: identity" in head for head in server.heads)
