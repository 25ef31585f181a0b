"""A server that speaks Telegram's bot protocol, for tests, in a process of its own.

`python -m tests.gateways.channels.telegram_wire DOOR`. It proves how our client behaves, not how
Telegram does. Below `/wire` a test says what people do there, what goes wrong, and sees what was
sent.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from gateways.channels.hook_door import Knock, knock

ME = {"id": 777, "is_bot": True, "first_name": "Nexus", "username": "nexus_bot"}
LONGEST = 4_096


class Wire:
    """What the server knows."""

    def __init__(self) -> None:
        self.tokens = {"777:right-token"}
        self.updates: list[dict[str, Any]] = []
        self.messages: dict[int, dict[str, Any]] = {}
        self.log: list[dict[str, Any]] = []
        self.faults: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.ids = itertools.count(1)
        self.more = asyncio.Event()
        self.gone = False
        self.hook = self.secret = self.failed = ""
        self.sockets = Path("nowhere")

    # What the bot asks ----------------------------------------------------------------------

    async def call(self, request: Request) -> Response:
        """Answer one method."""
        method, form = request.path_params["method"], dict(await request.form())
        if request.path_params["token"] not in self.tokens:
            return refused(401, "Unauthorized")
        if self.gone:
            return refused(503, "Service Unavailable")
        fault = self.faults[method].pop(0) if self.faults[method] else {}
        match fault.get("kind"):
            case "hang":
                await asyncio.sleep(3_600)
            case "garbage":
                return PlainTextResponse("<html>not today</html>")
            case "status":
                return refused(
                    fault["status"], fault.get("text", "fault"), **fault.get("parameters", {})
                )
        answered = await getattr(self, method)(
            {k: v if k == "text" else loaded(v) for k, v in form.items()}
        )
        if fault.get("kind") == "lost":
            return refused(502, "Bad Gateway")  # it was done, and nobody hears of it
        if fault.get("kind") == "silent":
            await asyncio.sleep(3_600)
        if isinstance(answered, Response):
            return answered
        return JSONResponse({"ok": True, "result": answered})

    async def getMe(self, _: dict[str, Any]) -> Any:  # noqa: N802
        return ME

    async def deleteWebhook(self, _: dict[str, Any]) -> Any:  # noqa: N802
        self.hook = ""
        return True

    async def getWebhookInfo(self, _: dict[str, Any]) -> Any:  # noqa: N802
        about = {"url": self.hook, "has_custom_certificate": False}
        failed = {"last_error_date": 1, "last_error_message": self.failed} if self.failed else {}
        return {**about, "pending_update_count": len(self.updates), **failed}

    async def setWebhook(self, form: dict[str, Any]) -> Any:  # noqa: N802
        self.hook, self.secret = form["url"], form["secret_token"]
        self.log.append({"did": "webhook", **{k: str(v) for k, v in form.items()}})
        return True

    async def sendChatAction(self, form: dict[str, Any]) -> Any:  # noqa: N802
        self.log.append({"did": "typing", "chat": str(form["chat_id"])})
        return True

    async def answerCallbackQuery(self, form: dict[str, Any]) -> Any:  # noqa: N802
        self.log.append({"did": "answered", "query": form["callback_query_id"]})
        return True

    async def getUpdates(self, form: dict[str, Any]) -> Any:  # noqa: N802
        if self.hook:
            return refused(409, "Conflict: can't use getUpdates method while webhook is active")
        offset = int(form.get("offset", 0))
        self.log.append({"did": "asked", "offset": offset})
        self.updates = [one for one in self.updates if one.get("update_id", 0) >= offset]
        if not self.updates:
            self.more.clear()
            try:
                async with asyncio.timeout(min(float(form.get("timeout", 0)), 2)):
                    await self.more.wait()
            except TimeoutError:
                pass
        return self.updates[:100]

    async def sendMessage(self, form: dict[str, Any]) -> Any:  # noqa: N802
        if utf16(form["text"]) > LONGEST:
            return refused(400, "Bad Request: message is too long")
        fault = misplaced(form)
        if fault:
            return refused(400, fault)
        return self._put(next(self.ids), "sent", form)

    async def editMessageText(self, form: dict[str, Any]) -> Any:  # noqa: N802
        number = int(form["message_id"])
        if number not in self.messages:
            return refused(400, "Bad Request: message to edit not found")
        before = self.messages[number]
        if (before["text"], before["buttons"]) == (form["text"], buttons(form)):
            return refused(400, "Bad Request: message is not modified")
        return self._put(number, "edited", form)

    async def getFile(self, form: dict[str, Any]) -> Any:  # noqa: N802
        name = str(form["file_id"])
        self.log.append({"did": "named", "file": name})
        path = name.removeprefix("at:") if name.startswith("at:") else f"documents/{name}"
        return {"file_id": name, "file_unique_id": "x", "file_path": path}

    async def sendDocument(self, form: dict[str, Any]) -> Any:  # noqa: N802
        data = await form["document"].read()
        if not data:
            return refused(400, "Bad Request: file must be non-empty")
        number, chat = next(self.ids), str(form["chat_id"])
        self.log.append({
            "did": "document", "document": number, "chat": chat,
            "name": form["document"].filename, "data": base64.b64encode(data).decode(),
        })  # fmt: skip
        return {"message_id": number, "date": 1, "chat": {"id": int(chat), "type": "private"}}

    async def deleteMessage(self, form: dict[str, Any]) -> Any:  # noqa: N802
        gone = self.messages.pop(int(form["message_id"]), None)
        if gone is None:
            return refused(400, "Bad Request: message to delete not found")
        self.log.append({"did": "deleted", "chat": gone["chat"], "gone": int(form["message_id"])})
        return True

    def _put(self, number: int, did: str, form: dict[str, Any]) -> dict[str, Any]:
        said = {
            "message": number, "chat": str(form["chat_id"]), "text": form["text"],
            "buttons": buttons(form), "entities": form.get("entities", []),
            "preview": not form.get("link_preview_options", {}).get("is_disabled"),
        }  # fmt: skip
        self.messages[number] = said
        self.log.append({"did": did, **said})
        return {
            "message_id": number, "date": 1, "text": form["text"],
            "chat": {"id": int(form["chat_id"]), "type": "private"},
        }  # fmt: skip

    async def file(self, request: Request) -> Response:
        """Hand out a file: its name is what is in it, or how many zeros."""
        fault = self.faults["file"].pop(0) if self.faults["file"] else {}
        if request.path_params["token"] not in self.tokens or self.gone or fault:
            return PlainTextResponse("no", status_code=fault.get("status", 404))
        name = str(request.path_params["path"]).removeprefix("documents/")
        self.log.append({"did": "fetched", "file": name})
        if name.startswith("zeros-"):
            return Response(b"\0" * int(name.removeprefix("zeros-")))
        return Response(base64.urlsafe_b64decode(name))

    # What a test does -----------------------------------------------------------------------

    async def control(self, request: Request) -> Response:
        """Do what a test says."""
        said = await request.json()
        match said.pop("do"):
            case "update":
                self.updates += said["updates"]
                self.more.set()
            case "fault":
                self.faults[said.pop("method")] += [said["fault"]] * said.get("times", 1)
            case "well":
                self.faults.clear()
            case "away":
                self.gone = said["gone"]
                self.more.set()
            case "sockets":
                self.sockets = Path(said["path"])
            case "tokens":
                self.tokens = set(said["tokens"])
        return JSONResponse({})

    async def seen(self, _: Request) -> Response:
        """Show everything that the bot did."""
        return JSONResponse(self.log)

    async def calling(self) -> None:
        """Call where we were told to, each update until it is taken, as the web door hands on."""
        while True:
            await asyncio.sleep(0.05)
            while self.hook and self.updates:
                body = json.dumps(self.updates[0]).encode()
                said = Knock(len(body), self.secret)
                found = await knock(self.sockets, "telegram", said, body)
                self.log.append({"did": "called", "status": found.status})
                self.failed = f"Wrong response from the webhook: {found.status}"
                if found.status != 200:
                    break
                self.failed = ""
                self.updates.pop(0)


def loaded(value: Any) -> Any:
    """Return a field of a form as it was meant; ids and texts stay texts."""
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def buttons(form: dict[str, Any]) -> list[str]:
    """Return what the buttons of a message carry."""
    rows = form.get("reply_markup", {}).get("inline_keyboard", [])
    return [one["callback_data"] for row in rows for one in row]


def utf16(text: str) -> int:
    """Return a text's length as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2


def misplaced(form: dict[str, Any]) -> str:
    """Return what is wrong with the entities and buttons of a message."""
    for one in form.get("entities", []):
        if one["offset"] < 0 or one["offset"] + one["length"] > utf16(form["text"]):
            return "Bad Request: entity beyond the text"
    if any(len(one.encode()) > 64 for one in buttons(form)):
        return "Bad Request: BUTTON_DATA_INVALID"
    return ""


def refused(status: int, text: str, **parameters: Any) -> Response:
    """Return Telegram's words for no."""
    body = {"ok": False, "error_code": status, "description": text, "parameters": parameters}
    return JSONResponse(body, status_code=status)


def app() -> Starlette:
    """Return the server."""
    wire = Wire()

    @asynccontextmanager
    async def calling(_: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(wire.calling())
        yield
        task.cancel()

    return Starlette(
        routes=[
            Route("/wire", wire.control, methods=["POST"]),
            Route("/wire", wire.seen, methods=["GET"]),
            Route("/bot{token}/{method}", wire.call, methods=["POST", "GET"]),
            Route("/file/bot{token}/{path:path}", wire.file),
        ],
        lifespan=calling,
    )


if __name__ == "__main__":
    uvicorn.run(app(), fd=int(sys.argv[1]), log_level="warning")
