"""A foreign MCP server at an address that means harm, byte by byte on the wire."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from tests.peers.hostile import listed

JSON, EVENTS = "application/json", "text/event-stream"
NOTE = (
    b'data: {"jsonrpc":"2.0","method":"notifications/message",'
    b'"params":{"level":"info","data":1}}\n\n'
)
PIECE = b"x" * 65_536


class Peer:
    """One that does harm in one way, at the first call of `tools/list` or beside it.

    Args:
        what: the way; `says` is none.
        other: where it sends who comes, for `elsewhere`.

    Attributes:
        url: its address.
        asked: the head of each request, with its headers.
    """

    def __init__(self, what: str, other: str = "") -> None:
        self.url = ""
        self.asked: list[str] = []
        self._what, self._other, self._times = what, other, 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer what comes by one connection."""
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                self.asked.append(head)
                lengths = [
                    int(line.partition(":")[2])
                    for line in head.lower().split("\r\n")
                    if line.startswith("content-length:")
                ]
                body = await reader.readexactly(lengths[0] if lengths else 0)
                if head.startswith("POST"):
                    await self._post(json.loads(body), writer)
                elif head.startswith("GET"):
                    await self._get(writer)
                else:
                    await _send(writer, "200 OK", b"", JSON)
        writer.close()

    async def _post(self, asked: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        number, method = asked.get("id"), asked["method"]
        if number is None:
            await _send(writer, "202 Accepted", b"", JSON)
        elif method == "initialize":
            result = {
                "protocolVersion": asked["params"]["protocolVersion"],
                "capabilities": {"tools": {"listChanged": True}},
                "serverInfo": {"name": "hostile", "version": "1"},
            }
            await _answer(writer, number, result)
        elif method == "tools/list":
            self._times += 1
            await self._list(number, writer)
        elif method == "tools/call":
            content = [{"type": "text", "text": "It is done."}]
            await _answer(writer, number, {"content": content, "isError": False})
        else:
            error = {"code": -32601, "message": "no"}
            whole = {"jsonrpc": "2.0", "id": number, "error": error}
            await _send(writer, "200 OK", json.dumps(whole).encode(), JSON)

    async def _list(self, number: Any, writer: asyncio.StreamWriter) -> None:
        match self._what:
            case "hangs":
                await asyncio.sleep(3_600)
            case "long":
                await _begin(writer, JSON)
                await _forever(writer, PIECE)
            case "drips":
                await _begin(writer, JSON)
                await _forever(writer, b" ", pause=0.05)
            case "endless-event":
                await _begin(writer, EVENTS)
                await _forever(writer, b"data: " + PIECE)
            case "comments":
                await _begin(writer, EVENTS)
                await _forever(writer, b": nothing\n" * 1_000)
            case "floods":
                await _begin(writer, EVENTS)
                await _forever(writer, NOTE * 10)
            case "packed":
                packed = zlib.compress(b" " * (64 << 20))
                await _send(writer, "200 OK", packed, JSON, "Content-Encoding: deflate\r\n")
            case "deep":
                deep = b'{"jsonrpc":"2.0","id":1,"result":' + b"[" * 400_000 + b"]" * 400_000 + b"}"
                await _send(writer, "200 OK", deep, JSON)
            case "head":
                writer.write(b"HTTP/1.1 200 OK\r\n")
                await _forever(writer, b"X-More: " + b"y" * 1_000 + b"\r\n", chunked=False)
            case "circles":
                await _send(writer, "307 Again", b"", JSON, f"Location: {self.url}\r\n")
            case "elsewhere":
                await _send(writer, "307 There", b"", JSON, f"Location: {self._other}\r\n")
            case "cut":
                await _begin(writer, JSON)
                writer.transport.abort()
            case "garbage":
                writer.write(b"\x00\xff not HTTP at all\r\n\r\n")
                await writer.drain()
                writer.close()
            case _:
                await _answer(writer, number, listed(self._what, self._times))

    async def _get(self, writer: asyncio.StreamWriter) -> None:
        await _begin(writer, EVENTS)
        if self._what == "again":
            await _chunk(writer, b"retry: 0\nid: 1\ndata:\n\n")
            writer.write(b"0\r\n\r\n")
            await writer.drain()
        elif self._what == "chatters":
            await _forever(writer, NOTE)
        else:
            await asyncio.sleep(3_600)


@asynccontextmanager
async def peer(what: str, other: str = "") -> AsyncIterator[Peer]:
    """Run one on loopback until the end of the block."""
    found = Peer(what, other)
    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        try:
            await found.serve(reader, writer)
        finally:
            serving.discard(task)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/mcp"
    try:
        yield found
    finally:
        server.close()
        for task in serving:
            task.cancel()
        if serving:
            await asyncio.wait(serving)


async def _answer(writer: asyncio.StreamWriter, number: Any, result: Any) -> None:
    whole = json.dumps({"jsonrpc": "2.0", "id": number, "result": result}).encode()
    await _send(writer, "200 OK", whole, JSON, "Mcp-Session-Id: one\r\n")


async def _send(
    writer: asyncio.StreamWriter, status: str, body: bytes, kind: str, more: str = ""
) -> None:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    writer.write(head.encode() + body)
    await writer.drain()


async def _begin(writer: asyncio.StreamWriter, kind: str) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n"
    writer.write(head.encode())
    await writer.drain()


async def _chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
    await writer.drain()


async def _forever(
    writer: asyncio.StreamWriter, data: bytes, *, pause: float = 0.0, chunked: bool = True
) -> None:
    while True:
        if chunked:
            await _chunk(writer, data)
        else:
            writer.write(data)
            await writer.drain()
        await asyncio.sleep(pause)
