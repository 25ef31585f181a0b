"""A mail server for tests, in a process of its own: aiosmtpd takes what goes out.

`python -m tests.gateways.channels.email_wire DOOR`. Between us and it, and between us and the IMAP
server whose port it is told, are doors that can be shut, and say nonsense. Below `/wire` a test
says what goes wrong, and sees what was sent.
"""

from __future__ import annotations

import asyncio
import base64
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import uvicorn
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

USER, PASSWORD = "home@home.example", "right-password"


class Wire:
    """The server, and what goes wrong with both of them."""

    def __init__(self) -> None:
        self.inner: dict[str, int] = {}
        self.password = PASSWORD
        self.mails: list[dict[str, Any]] = []
        self.faults: dict[str, list[str]] = {"send": [], "hear": []}
        self.gone = False
        self.ports: dict[str, int] = {}
        self.open: set[asyncio.StreamWriter] = set()

    # SMTP -----------------------------------------------------------------------------------

    def login(self, server: Any, session: Any, envelope: Any, how: str, data: Any) -> AuthResult:
        """Let only the right password in."""
        assert isinstance(data, LoginPassword)
        right = (data.login, data.password) == (USER.encode(), self.password.encode())
        return AuthResult(success=right, handled=False)

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if self.faults["send"][:1] == ["blocked"]:
            self.faults["send"].pop(0)
            return "550 5.1.1 nobody here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        fault = self.faults["send"].pop(0) if self.faults["send"] else ""
        if fault in {"", "lost", "silent"}:
            raw = base64.b64encode(envelope.content).decode()
            self.mails.append({"to": envelope.rcpt_tos, "from": envelope.mail_from, "raw": raw})
        if fault == "silent":
            await asyncio.sleep(3_600)
        return {"": "250 taken", "garbage": "what is this"}.get(fault, "451 4.3.0 not today")

    # The doors ------------------------------------------------------------------------------

    def door(self, name: str, fault: str) -> Callable[..., Awaitable[None]]:
        """Return what hands a connection on, unless something is wrong."""

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.open.add(writer)
            try:
                if self.gone:
                    return
                if fault and self.faults[fault]:
                    self.faults[fault].pop(0)
                    writer.write(b"<html>not today</html>\r\n")
                    return
                inner, outer = await asyncio.open_connection("127.0.0.1", self.inner[name])
                self.open.add(outer)
                await asyncio.gather(_pumped(reader, outer), _pumped(inner, writer))
                self.open.discard(outer)
            finally:
                self.open.discard(writer)
                writer.close()

        return serve

    def cut(self) -> None:
        """End all connections."""
        for writer in self.open:
            writer.close()

    # What a test does -----------------------------------------------------------------------

    async def control(self, request: Request) -> Response:
        """Do what a test says."""
        said = await request.json()
        match said["do"]:
            case "imap":
                self.inner["imap"] = said["port"]
            case "fault":
                self.faults[said["side"]] += [said["how"]] * said["times"]
            case "away":
                self.gone = said["gone"]
                self.cut()
            case "password":
                self.password = said["password"]
                self.cut()
        return JSONResponse({})

    async def seen(self, _: Request) -> Response:
        """Show everything that was sent."""
        return JSONResponse({**self.ports, "mails": self.mails})


async def _pumped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


def app() -> Starlette:
    """Return the server."""
    wire = Wire()

    def smtp() -> SMTP:
        asks: dict[str, Any] = {"auth_required": True, "auth_require_tls": False}
        return SMTP(wire, authenticator=wire.login, loop=asyncio.get_running_loop(), **asks)

    @asynccontextmanager
    async def serving(_: Starlette) -> AsyncIterator[None]:
        inner = await asyncio.get_running_loop().create_server(smtp, "127.0.0.1", 0)
        wire.inner["smtp"] = inner.sockets[0].getsockname()[1]
        for name, fault in (("smtp", ""), ("imap", "hear")):
            door = await asyncio.start_server(wire.door(name, fault), "127.0.0.1", 0)
            wire.ports[name] = door.sockets[0].getsockname()[1]
        yield
        wire.cut()

    routes = [
        Route("/wire", wire.control, methods=["POST"]), Route("/wire", wire.seen, methods=["GET"])
    ]  # fmt: skip
    return Starlette(routes=routes, lifespan=serving)


if __name__ == "__main__":
    uvicorn.run(app(), fd=int(sys.argv[1]), log_level="warning")
