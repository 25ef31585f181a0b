"""A mailbox for tests, in a process of its own: aiosmtpd takes what goes out, dovecot has the rest.

`python -m tests.gateways.channels.email_wire PORT`. Both are real servers; between us and them are
two doors that can be shut, and say nonsense. Below `/wire` a test lets mails arrive, says what goes
wrong, and sees what was sent.
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

from tests.gateways.channels.dovecot import Dovecot, dovecot

USER, PASSWORD = "home@home.example", "right-password"


class Wire:
    """Both servers, and what goes wrong with them."""

    def __init__(self, box: Dovecot) -> None:
        self.box = box
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
        if fault in {"", "lost"}:
            raw = base64.b64encode(envelope.content).decode()
            self.mails.append({"to": envelope.rcpt_tos, "from": envelope.mail_from, "raw": raw})
        return {"": "250 taken", "garbage": "what is this"}.get(fault, "451 4.3.0 not today")

    # The doors ------------------------------------------------------------------------------

    def door(self, port: int, fault: str) -> Callable[..., Awaitable[None]]:
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
                inner, outer = await asyncio.open_connection("127.0.0.1", port)
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
            case "mail":
                for raw in said["mails"]:
                    self.box.put(base64.b64decode(raw))
            case "fault":
                self.faults[said["side"]] += [said["how"]] * said["times"]
            case "away":
                self.gone = said["gone"]
                self.cut()
            case "password":
                self.password = said["password"]
                self.box.allow(USER, self.password)
                self.cut()
        return JSONResponse({})

    async def seen(self, _: Request) -> Response:
        """Show everything that was sent."""
        found = {**self.ports, "mails": self.mails, "unread": self.box.unread()}
        return JSONResponse(found)


async def _pumped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def serving(app: Starlette) -> AsyncIterator[None]:
    """Run both servers for as long as the process lives."""
    async with dovecot(USER, PASSWORD) as box:
        wire = app.state.wire = Wire(box)
        loop = asyncio.get_running_loop()

        def smtp() -> SMTP:
            return SMTP(
                wire,
                authenticator=wire.login,
                auth_required=True,
                auth_require_tls=False,
                loop=loop,
            )

        inner = await loop.create_server(smtp, "127.0.0.1", 0)
        port = inner.sockets[0].getsockname()[1]
        doors = {
            "smtp": await asyncio.start_server(wire.door(port, ""), "127.0.0.1", 0),
            "imap": await asyncio.start_server(wire.door(box.port, "hear"), "127.0.0.1", 0),
        }
        wire.ports = {name: one.sockets[0].getsockname()[1] for name, one in doors.items()}
        yield
        wire.cut()


def app() -> Starlette:
    """Return the server."""

    async def control(request: Request) -> Response:
        wire: Wire = request.app.state.wire
        return await wire.control(request)

    async def seen(request: Request) -> Response:
        wire: Wire = request.app.state.wire
        return await wire.seen(request)

    routes = [Route("/wire", control, methods=["POST"]), Route("/wire", seen, methods=["GET"])]
    return Starlette(routes=routes, lifespan=serving)


if __name__ == "__main__":
    uvicorn.run(app(), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
