"""Servers of the tests' own, on loopback: pages, redirects, floods; they know who asked."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

PAGE = b"""<html><head><title>Tea &amp; cake</title><script>var a = "EVIL";</script></head><body>
<nav>MENU</nav><main><h1>Tea</h1><p>Pour <b>hot</b> water. <a href="javascript:alert(1)">x</a>
<a href="https://example.org/more">more</a><img src="http://example.org/track.png" onerror="EVIL()">
</p></main><footer>FOOT</footer></body></html>"""


@dataclass
class Site:
    """One server, its port, and what it was asked."""

    port: int = 0
    asked: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    answers: dict[str, bytes] = field(default_factory=dict)

    def says(
        self, path: str, body: bytes = b"", status: str = "200 OK", kind: str = "text/html",
        *more: str,
    ) -> None:  # fmt: skip
        """Answer a path so from now on."""
        head = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
        self.answers[path] = "\r\n".join([*head, *more, "", ""]).encode() + body

    def moves(self, path: str, to: str, status: str = "302 Found") -> None:
        """Lead from a path to another place."""
        self.says(path, b"", status, "text/html", f"Location: {to}")


@asynccontextmanager
async def site() -> AsyncGenerator[Site]:
    """Serve; `/hang` never answers, `/drip` never ends, `/endless` floods."""
    here = Site()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            path = head.split(" ")[1]
            here.asked.append(path)
            here.heads.append(head)
            if path == "/hang":
                await reader.read()
            elif path in ("/endless", "/drip"):
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
                while True:
                    writer.write(b"x" * (100_000 if path == "/endless" else 1))
                    await writer.drain()
                    if path == "/drip":
                        await asyncio.sleep(0.05)  # It is slow by itself, and ends when it is left.
            else:
                missing = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
                writer.write(here.answers.get(path, missing))
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    here.says("/", PAGE)
    bomb = gzip.compress(b"x" * 50_000_000)
    here.says("/bomb", bomb, "200 OK", "text/plain", "Content-Encoding: gzip")
    here.says("/packed", gzip.compress(b"tea"), "200 OK", "text/plain", "Content-Encoding: gzip")
    for path, torn in (("/torn", b"nonsense"), ("/short", gzip.compress(b"tea")[:-9])):
        here.says(path, torn, "200 OK", "text/plain", "Content-Encoding: gzip")
    here.says("/brotli", b"xx", "200 OK", "text/plain", "Content-Encoding: br")
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    here.port = server.sockets[0].getsockname()[1]
    try:
        yield here
    finally:
        server.close()
