"""A server that speaks Discord's protocol, for tests, in a process of its own.

`python -m tests.gateways.channels.discord_wire DOOR`: its interface over HTTP, its gateway over a
WebSocket. It proves how our client behaves, not how Discord does. Below `/wire` a test says what
people do there, what goes wrong, and sees what was sent.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import socket
import sys
from json import loads
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

ME = {"id": "777", "username": "nexus", "discriminator": "0", "avatar": None, "bot": True}
LONGEST = 2_000
APPLICATION = {
    "id": "778", "name": "nexus", "icon": None, "description": "", "bot_public": False,
    "bot_require_code_grant": False, "verify_key": "x", "flags": 0, "owner": ME,
}  # fmt: skip


class Wire:
    """What the server knows."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.tokens = {"right-token"}
        self.history: list[dict[str, Any]] = []
        self.messages: dict[str, dict[str, Any]] = {}
        self.nonces: dict[str, str] = {}
        self.log: list[dict[str, Any]] = []
        self.faults: dict[str, list[dict[str, Any]]] = {"send": [], "hear": []}
        self.ids = itertools.count(5_000_000)
        self.numbers = itertools.count(2)
        self.held: list[tuple[str, Any]] = []
        self.begun = self.gone = False
        self.lost: list[bool] = []
        self.socket: WebSocket | None = None

    # Over HTTP ------------------------------------------------------------------------------

    async def call(self, request: Request) -> Response:
        """Answer one call."""
        path, method = request.path_params["path"], request.method
        if self.gone:
            return refused(503, 0)
        token = request.headers.get("authorization", "").removeprefix("Bot ")
        if token not in self.tokens:
            return refused(401, 0)
        side = "send" if path.endswith("/messages") and method == "POST" else ""
        side = "hear" if path == "gateway/bot" else side
        fault = self.faults[side].pop(0) if side and self.faults[side] else {}
        if fault and fault["kind"] not in {"lost", "silent"}:
            return faulty(fault)
        found = await self._answer(method, path.split("/"), request)
        if fault.get("kind") == "silent":
            await asyncio.sleep(3_600)
        if fault:
            return refused(502, 0)  # it was done, and nobody hears of it
        return found

    async def _answer(self, method: str, path: list[str], request: Request) -> Response:
        body = await said(request) if method in {"POST", "PATCH", "PUT"} else {}
        match method, path:
            case "GET", ["users", "@me"]:
                return JSONResponse(ME)
            case "GET", ["oauth2", "applications", "@me"]:
                return JSONResponse(APPLICATION)
            case "GET", ["gateway", "bot"]:
                limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
                url = f"ws://127.0.0.1:{self.port}/gateway"
                return JSONResponse({"url": url, "shards": 1, "session_start_limit": limit})
            case "GET", ["channels", chat]:
                # A person's chat alone with us has their number here.
                return JSONResponse({"id": chat, "type": 1 if len(chat) < 3 else 0})
            case "POST", ["channels", chat, "typing"]:
                self.log.append({"did": "typing", "chat": chat})
                return Response(status_code=204)
            case "POST", ["channels", chat, "messages"]:
                return self._said(chat, body)
            case "GET", ["channels", chat, "messages"]:
                after = int(request.query_params.get("after", 0))
                rows = [one for one in self.history if one["channel_id"] == chat]
                rows = [one for one in rows if int(one["id"]) > after][:100]
                return JSONResponse(rows[::-1])
            case "PATCH", ["channels", _, "messages", name] if name in self.messages:
                self.messages[name] |= body
                self.log.append({"did": "edited", "message": name, **body})
                return JSONResponse({"id": name})
            case "DELETE", ["channels", _, "messages", name] if name in self.messages:
                del self.messages[name]
                return Response(status_code=204)
            case _, ["channels", _, "messages", _]:
                return refused(404, 10_008)
            case "POST", ["interactions", name, _, "callback"]:
                self.log.append({"did": "answered", "interaction": name, **body})
                return Response(status_code=204)
            case "PUT", ["applications", _, "commands"]:
                self.log.append({"did": "commands", "commands": body})
                return JSONResponse([])
        return refused(404, 0)

    def _said(self, chat: str, body: dict[str, Any]) -> Response:
        if not 0 < len(body["content"]) + ("file" in body) <= LONGEST:
            return refused(400, 50_035)
        nonce = body.get("nonce") if body.get("enforce_nonce") else None
        if nonce in self.nonces:
            return JSONResponse({"id": self.nonces[nonce]})
        name = str(next(self.ids))
        if nonce is not None:
            self.nonces[nonce] = name
        self.messages[name] = {"message": name, "chat": chat, **body}
        self.log.append({"did": "sent", "message": name, "chat": chat, **body})
        return JSONResponse({"id": name})

    async def file(self, request: Request) -> Response:
        """Hand out a file, to whoever knows its address."""
        name = request.path_params["name"]
        self.log.append({"did": "fetched", "file": name, "asked": dict(request.headers)})
        if self.lost and self.lost.pop():
            return PlainTextResponse("no", status_code=500)
        return Response(base64.urlsafe_b64decode(name))

    # Over the gateway -----------------------------------------------------------------------

    async def gateway(self, socket: WebSocket) -> None:
        """Serve one connection, as long as it lives."""
        if self.gone:
            await socket.close()  # before it was accepted: a refusal by HTTP
            return
        await socket.accept()
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": 41_250}})
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            while True:
                await self._heard(socket, await socket.receive_json())
        if self.socket is socket:
            self.socket = None

    async def _heard(self, socket: WebSocket, told: dict[str, Any]) -> None:
        if told["op"] == 1:
            await socket.send_json({"op": 11})
        if told["op"] == 6:
            await socket.send_json({"op": 9, "d": False})  # nothing is remembered of a connection
        if told["op"] != 2:
            return
        if told["d"]["token"] not in self.tokens:
            await socket.close(4_004)
            return
        ready = {
            "v": 10, "user": ME, "guilds": [], "session_id": "s", "shard": [0, 1],
            "resume_gateway_url": f"ws://127.0.0.1:{self.port}/gateway",
            "application": {"id": "778", "flags": 0},
        }  # fmt: skip
        await socket.send_json({"op": 0, "t": "READY", "s": 1, "d": ready})
        self.socket, self.begun = socket, True
        held, self.held = self.held, []
        for kind, data in held:
            await self._dispatch(kind, data)

    async def _dispatch(self, kind: str, data: Any) -> None:
        """Tell whoever is connected; what nobody hears is not told again."""
        if self.socket is None:
            return
        event = {"op": 0, "t": kind, "s": next(self.numbers), "d": data}
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await self.socket.send_json(event)

    # What a test does -----------------------------------------------------------------------

    async def control(self, request: Request) -> Response:
        """Do what a test says."""
        told = await request.json()
        match told.pop("do"):
            case "event":
                await self._event(told["kind"], told["data"], kept=told["kept"])
            case "fault":
                self.faults[told["side"]] += [told["fault"]] * told["times"]
                if told["side"] == "hear":
                    await self._cut()
            case "lost":
                self.lost = [True] * told["times"]
            case "away":
                self.gone = told["gone"]
                if self.gone:
                    await self._cut()
            case "tokens":
                self.tokens = set(told["tokens"])
                await self._cut(4_004)
        return JSONResponse({})

    async def _event(self, kind: str, data: Any, *, kept: bool) -> None:
        known = kept and any(one["id"] == data["id"] for one in self.history)
        if kept and not known:
            self.history.append(data)
        if not self.begun:
            self.held.append((kind, data))  # nobody was ever there: the first one hears it
        else:
            await self._dispatch(kind, data)

    async def _cut(self, code: int = 1_001) -> None:
        socket, self.socket = self.socket, None
        if socket is not None:
            with contextlib.suppress(RuntimeError):
                await socket.close(code)

    async def seen(self, _: Request) -> Response:
        """Show everything that the bot did, and what is there of it now."""
        return JSONResponse({"log": self.log, "now": list(self.messages.values())})


async def said(request: Request) -> dict[str, Any]:
    """Return what a call says; of a form, with the file in it."""
    if not request.headers.get("content-type", "").startswith("multipart/"):
        body: dict[str, Any] = await request.json() if await request.body() else {}
        return body
    form = await request.form()
    words, file = form["payload_json"], form["files[0]"]
    assert isinstance(words, str)
    assert isinstance(file, UploadFile)
    data = base64.b64encode(await file.read()).decode()
    return {"content": "", **loads(words), "file": file.filename, "data": data}


def faulty(fault: dict[str, Any]) -> Response:
    """Return what goes wrong."""
    if fault["kind"] == "garbage":
        return PlainTextResponse("<html>not today</html>")
    if fault["kind"] == "busy":
        body = {"message": "slow down", "retry_after": fault["seconds"], "global": False}
        return json(429, body, {"Via": "1.1 wire", "X-RateLimit-Remaining": "0"})
    return refused(fault["status"], fault.get("code", 0))


def refused(status: int, code: int) -> Response:
    """Return Discord's words for no."""
    return json(status, {"message": "no", "code": code}, {})


def json(status: int, body: dict[str, Any], headers: dict[str, str]) -> Response:
    """Return an answer; the library wants exactly this type."""
    return JSONResponse(body, status_code=status, headers=headers)


def app(port: int) -> Starlette:
    """Return the server."""
    wire = Wire(port)
    return Starlette(
        routes=[
            Route("/wire", wire.control, methods=["POST"]),
            Route("/wire", wire.seen, methods=["GET"]),
            WebSocketRoute("/gateway", wire.gateway),
            Route("/files/{name}", wire.file, methods=["GET"]),
            Route(
                "/api/v10/{path:path}", wire.call,
                methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            ),
        ]
    )  # fmt: skip


if __name__ == "__main__":
    door = socket.socket(fileno=int(sys.argv[1]))
    uvicorn.run(app(door.getsockname()[1]), fd=door.fileno(), log_level="warning")
