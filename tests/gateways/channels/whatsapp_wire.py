"""A server that speaks WhatsApp's Cloud API, for tests, in a process of its own.

`python -m tests.gateways.channels.whatsapp_wire DOOR`. It proves how our client behaves, not how
WhatsApp does. It calls our webhook with what people say, signed, one after the other, and again
until it is answered with 200. Below `/wire` a test says what people do there, what goes wrong, and
sees what was sent.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import itertools
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from gateways.channels.hook_door import Knock, knock

NUMBER, TOKEN, SECRET = "106540352242922", "right-token", "app-secret"
LONGEST, CARD, PAYLOAD, TITLE = 4_096, 1_024, 256, 20


class Wire:
    """What the server knows."""

    def __init__(self) -> None:
        self.token = TOKEN
        self.log: list[dict[str, Any]] = []
        self.faults: list[dict[str, Any]] = []
        self.gone = False
        self.sockets = Path("nowhere")
        self.waiting: asyncio.Queue[bytes] = asyncio.Queue()
        self.answers: list[int] = []
        self.fetched: list[str] = []
        self.lost: list[bool] = []
        self.held: dict[str, str] = {}
        self.ids = itertools.count(1)

    # What the client asks -------------------------------------------------------------------

    async def number(self, request: Request) -> Response:
        """Say who we are, or where a file is that somebody sent: its id says what is in it."""
        name = request.path_params["number"]
        if name == NUMBER or self._forbidden(request) is not None:
            return self._wrong(request) or JSONResponse(
                {"display_phone_number": "+1 555 0100", "verified_name": "Nexus", "id": NUMBER}
            )
        url = f"{request.base_url}files/{name}"
        if name == "elsewhere":
            url = "https://elsewhere.example/files/x"
        size = int(name.removeprefix("zeros-")) if name.startswith("zeros-") else 9
        about = {"url": url, "id": name, "file_size": size}
        return JSONResponse({**about, "messaging_product": "whatsapp"})

    async def file(self, request: Request) -> Response:
        """Hand out a file, to whoever has the token."""
        name = request.path_params["name"]
        self.fetched.append(name)
        if self.lost and self.lost.pop():
            return PlainTextResponse("no", status_code=500)
        data = base64.urlsafe_b64decode(name)
        return self._forbidden(request) or Response(data)

    async def media(self, request: Request) -> Response:
        """Take a file that we want to send."""
        wrong = self._wrong(request)
        if wrong is not None:
            return wrong
        form = await request.form()
        file = form["file"]
        assert isinstance(file, UploadFile)
        if form["messaging_product"] != "whatsapp" or "/" not in str(form["type"]):
            return refused(400, 100)
        name = f"media{next(self.ids)}"
        self.held[name] = base64.b64encode(await file.read()).decode()
        return JSONResponse({"id": name})

    async def messages(self, request: Request) -> Response:
        """Take a message."""
        wrong = self._wrong(request)
        if wrong is not None:
            return wrong
        fault = self.faults.pop(0) if self.faults else {}
        match fault.get("kind"):
            case "garbage":
                return PlainTextResponse("<html>not today</html>")
            case "error":
                return refused(fault["status"], fault["code"], fault.get("wait"))
        said = await request.json()
        why = unfit(said)
        if why:
            return refused(400, 100, text=why)
        name = f"wamid.out{next(self.ids)}"
        data = self.held.get(said.get("document", {}).get("id", ""), "")
        self.log.append({"id": name, **said, "data": data})
        if fault.get("kind") == "lost":
            return refused(500, 131_000)
        if fault.get("kind") == "silent":
            await asyncio.sleep(3_600)
        return JSONResponse({"messaging_product": "whatsapp", "messages": [{"id": name}]})

    def _wrong(self, request: Request) -> Response | None:
        known = request.path_params["number"] == NUMBER
        return self._forbidden(request) or (None if known else refused(400, 100))

    def _forbidden(self, request: Request) -> Response | None:
        if self.gone:
            return PlainTextResponse("Bad Gateway", status_code=502)
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return refused(401, 190)
        return None

    # What a test does -----------------------------------------------------------------------

    async def control(self, request: Request) -> Response:
        """Do what a test says."""
        said = await request.json()
        match said["do"]:
            case "sockets":
                self.sockets = Path(said["path"])
            case "update":
                for value in said["updates"]:
                    self.waiting.put_nowait(wrapped(value))
            case "fault":
                self.faults += [said["fault"]] * said["times"]
            case "away":
                self.gone = said["gone"]
            case "lost":
                self.lost = [True] * said["times"]
            case "token":
                self.token = said["token"]
        return JSONResponse({})

    async def seen(self, _: Request) -> Response:
        """Show everything that was sent, and how the webhook answered."""
        return JSONResponse({"sent": self.log, "answers": self.answers, "fetched": self.fetched})

    async def call(self) -> None:
        """Call the webhook, as the web door hands it on."""
        while True:
            body = await self.waiting.get()
            signature = f"sha256={hmac.digest(SECRET.encode(), body, 'sha256').hex()}"
            while True:
                found = await knock(self.sockets, "whatsapp", Knock(len(body), signature), body)
                self.answers.append(found.status)
                if found.status == 200:
                    break
                await asyncio.sleep(0.1)


def wrapped(value: Any) -> bytes:
    """Return the body of a webhook."""
    change = {"field": "messages", "value": value}
    return orjson.dumps(
        {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}
    )


def unfit(said: dict[str, Any]) -> str:
    """Return what is wrong with a message; "" where nothing is."""
    to = str(said.get("to", ""))
    kinds = {"individual": to.isdigit(), "group": bool(to) and not to.isdigit()}
    if said.get("messaging_product") != "whatsapp" or not kinds.get(said.get("recipient_type", "")):
        return "product or recipient"
    if said["type"] == "text":
        return "" if 0 < len(said["text"]["body"]) <= LONGEST else "text"
    if said["type"] == "document":
        return "" if said["document"]["id"] and said["document"]["filename"] else "document"
    if said["recipient_type"] == "group":
        return "no buttons in groups"
    shown = said["interactive"]
    buttons = [one["reply"] for one in shown["action"]["buttons"]]
    fits = all(len(one["id"]) <= PAYLOAD and len(one["title"]) <= TITLE for one in buttons)
    right = fits and 0 < len(buttons) <= 3 and len(shown["body"]["text"]) <= CARD
    return "" if right else "buttons"


def refused(status: int, code: int, wait: int | None = None, text: str = "fault") -> Response:
    """Return the API's words for no."""
    error = {"message": text, "type": "OAuthException", "code": code, "fbtrace_id": "x"}
    headers = {} if wait is None else {"retry-after": str(wait)}
    return JSONResponse({"error": error}, status_code=status, headers=headers)


def app() -> Starlette:
    """Return the server."""
    wire = Wire()

    @asynccontextmanager
    async def calling(_: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(wire.call())
        yield
        task.cancel()

    return Starlette(
        routes=[
            Route("/wire", wire.control, methods=["POST"]),
            Route("/wire", wire.seen, methods=["GET"]),
            Route("/v24.0/{number}", wire.number, methods=["GET"]),
            Route("/v24.0/{number}/messages", wire.messages, methods=["POST"]),
            Route("/v24.0/{number}/media", wire.media, methods=["POST"]),
            Route("/files/{name}", wire.file, methods=["GET"]),
        ],
        lifespan=calling,
    )


if __name__ == "__main__":
    uvicorn.run(app(), fd=int(sys.argv[1]), log_level="warning")
