"""A program at the web door, by sockets alone: it says something, and follows what comes of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from ops import ownership
from ops.settings import Settings

LIMIT = 1 << 24
"""Bytes of one event."""
OWNER = {"name": "Ada", "password": "correct horse 7"}
"""Who owns a fresh server."""


class Refused(Exception):
    """The door said no.

    Attributes:
        status: the HTTP status.
    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text[:300]}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event: its id, its name, its data as JSON."""

    id: str
    name: str
    data: bytes

    def json(self) -> dict[str, Any]:
        """Return the data."""
        found: dict[str, Any] = json.loads(self.data)
        return found


class Visitor:
    """Somebody with a key, or in a browser.

    Args:
        port: where the door is, on this machine.
        headers: what every request says.

    Attributes:
        port: the same.
        headers: the same; another visitor with them has a line of its own.
    """

    def __init__(self, port: int, headers: Mapping[str, str]) -> None:
        self.port = port
        self.headers = dict(headers)
        self._line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> dict[str, Any]:
        """Ask for something over a line that stays open; return the JSON that comes.

        Raises:
            Refused: the door said no.
            OSError: there is no door.
        """
        try:
            if self._line is not None and self._line[0].at_eof():
                await self.close()  # nobody spoke for a while, so the door hung up
            reader, writer = self._line or await self._connect()
            self._line = reader, writer
            writer.write(self.request(method, path, body, headers))
            status, said = await _head(reader)
            length = int(said.get("content-length", "0"))
            data = await reader.readexactly(length) if length else b""
        except (asyncio.IncompleteReadError, OSError):
            await self.close()
            raise ConnectionResetError("the line broke") from None
        if status >= 400:
            raise Refused(status, data.decode("utf-8", "replace"))
        found: dict[str, Any] = json.loads(data) if data else {}
        if "set-cookie" in said:
            found["set-cookie"] = said["set-cookie"]
        return found

    async def close(self) -> None:
        """Hang up."""
        if self._line is not None:
            self._line[1].close()
            self._line = None

    @asynccontextmanager
    async def following(
        self, session: str, cursor: str = ""
    ) -> AsyncIterator[AsyncIterator[Event]]:
        """Follow a conversation on a line of its own.

        Raises:
            Refused: the door said no.
            OSError: there is no door.
        """
        reader, writer = await self._connect()
        try:
            headers = {"Last-Event-ID": cursor} if cursor else {}
            writer.write(self.request("GET", f"/api/chat/{session}/stream", None, headers))
            status, _ = await _head(reader)
            if status != 200:
                raise Refused(status, "")
            yield _events(_chunks(reader))
        except asyncio.IncompleteReadError:
            raise ConnectionResetError("the line broke") from None
        finally:
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port, limit=LIMIT)

    def request(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> bytes:
        """Return a request as it goes over the line."""
        data = b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}"]
        lines += [f"{name}: {value}" for name, value in {**self.headers, **(headers or {})}.items()]
        if body is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {len(data)}"]
        return "\r\n".join([*lines, "", ""]).encode() + data


async def _head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    found: dict[str, str] = {}
    for line in head[1:]:
        name, _, value = line.partition(": ")
        name = name.lower()
        # Several cookies: only their names and values matter here.
        found[name] = f"{found[name]}\n{value}" if name in found else value
    return int(head[0].split(" ")[1]), found


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Return the pieces of a body of unknown length (RFC 9112, 7.1)."""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        yield (await reader.readexactly(size + 2))[:-2]


async def _events(chunks: AsyncIterator[bytes]) -> AsyncIterator[Event]:
    buffer = b""
    async for chunk in chunks:
        buffer += chunk
        *whole, buffer = buffer.split(b"\n\n")
        for block in whole:
            found = dict(line.partition(b": ")[::2] for line in block.split(b"\n"))
            if b"event" in found:
                yield Event(
                    found.get(b"id", b"").decode(), found[b"event"].decode(), found[b"data"]
                )


async def signed_in(settings: Settings, code: str | None = None) -> Visitor:
    """Sign in at a server of ours as its owner, whom it gets now if it has none.

    Args:
        settings: the server's.
        code: of the authenticator app, where there is one.
    """
    port = settings.http.port
    browser = Visitor(port, {"Origin": f"http://127.0.0.1:{port}"})
    if ownership.needed(settings.root):
        form = {"code": ownership.begin(settings.root), **OWNER}
        me = await browser.ask("POST", "/api/setup", form)
    else:
        me = await browser.ask("POST", "/api/auth/login", {**OWNER, "totp": code})
    await browser.close()
    cookies = "; ".join(line.partition(";")[0] for line in me["set-cookie"].split("\n"))
    return Visitor(port, {**browser.headers, "Cookie": cookies, "X-CSRF-Token": me["csrf"]})


async def with_key(settings: Settings) -> Visitor:
    """Become the owner of a fresh server, and return a program with a key of theirs."""
    browser = await signed_in(settings)
    wish = {"name": "visitor", "scopes": ["chat", "read", "events"]}
    made = await browser.ask("POST", "/api/keys", wish)
    await browser.close()
    return Visitor(settings.http.port, {"X-API-Key": made["key"]})
