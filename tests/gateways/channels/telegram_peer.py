"""Telegram in a test: what people see and do there."""

from __future__ import annotations

import base64
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.gateways.channels.peer import LONG, Fault, Odd, Peer, Side, Told, serving
from tests.stand import soon

TOKEN = "777:right-token"
METHODS = {"send": ("sendMessage", "editMessageText"), "hear": ("getUpdates",)}
FAULTS: dict[str, dict[str, Any]] = {
    "broken": {"kind": "status", "status": 502},
    "garbage": {"kind": "garbage"},
    "lost": {"kind": "lost"},
    "silent": {"kind": "silent"},
    "blocked": {"kind": "status", "status": 403, "text": "Forbidden: bot was blocked by the user"},
}


class Telegram(Peer):
    """A handle on the wire-level server.

    Args:
        client: of the server.
    """

    name, secret, right, length = "telegram", "TELEGRAM_BOT_TOKEN", TOKEN, 4_096
    files = True

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.url = str(client.base_url).rstrip("/")
        self._client = client
        self._ids = itertools.count(1_000)

    @property
    def environment(self) -> dict[str, str]:
        """With which the process of the messengers finds this server."""
        return {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_BASE_URL": self.url}

    async def meet(self, sockets: Path) -> None:
        """Be told where the messengers are reached, where they want to be called."""
        await self.do("sockets", path=str(sockets))

    async def close(self) -> None:
        """Nothing is held."""

    async def do(self, do: str, **more: Any) -> None:
        """Have the server do something."""
        (await self._client.post("/wire", json={"do": do, **more})).raise_for_status()

    async def log(self) -> list[dict[str, Any]]:
        """Return all that the bot did."""
        found: list[dict[str, Any]] = (await self._client.get("/wire")).json()
        return found

    async def sent(self, did: str = "sent") -> list[dict[str, Any]]:
        """Return the messages that the bot sent, or those it edited."""
        return [one for one in await self.log() if one["did"] == did]

    # What people do -------------------------------------------------------------------------

    def said(self, text: str, who: str = "17", *, group: str = "", **more: Any) -> dict[str, Any]:
        """Return the update for something that was said."""
        chat = {"id": int(group), "type": "group", "title": "x"} if group else None
        number = more.pop("number", None) or next(self._ids)
        return {
            "update_id": number,
            "message": {
                "message_id": number, "date": 1_700_000_000, "text": text,
                "from": {"id": int(who), "is_bot": False, "first_name": "Somebody"},
                "chat": chat or {"id": int(who), "type": "private"}, **more,
            },
        }  # fmt: skip

    def odd(self, how: Odd, text: str, who: str = "17") -> dict[str, Any]:
        """Return the update for a message that is no fresh word."""
        found = self.said(text, who)
        if how == "bot":
            found["message"]["from"]["is_bot"] = True
        elif how == "edited":
            found["edited_message"] = found.pop("message")
        else:
            origin = {"type": "hidden_user", "date": 1, "sender_user_name": "Somebody"}
            found["message"]["forward_origin"] = origin
        return found

    def attached(self, name: str, data: bytes, text: str, who: str = "17") -> dict[str, Any]:
        """Return the update for a file; its id is what is in it."""
        return self.sent_file(base64.urlsafe_b64encode(data).decode(), len(data), text, who, name)

    def sent_file(
        self, file: str, size: int, text: str = "", who: str = "17", name: str = "notes.txt"
    ) -> dict[str, Any]:
        """Return the update for a document, by its id there."""
        document = {"file_id": file, "file_unique_id": "x", "file_size": size, "file_name": name}
        return self.other({"document": document, **({"caption": text} if text else {})}, who)

    def other(self, what: dict[str, Any], who: str = "17") -> dict[str, Any]:
        """Return the update for a message that is no text."""
        found = self.said("", who)
        del found["message"]["text"]
        found["message"] |= what
        return found

    async def got(self, chat: str = "17") -> list[tuple[str, bytes]]:
        """Return the files that a chat has of us."""
        rows = [one for one in await self.sent("document") if one["chat"] == chat]
        return [(one["name"], base64.b64decode(one["data"])) for one in rows]

    def hostile(self) -> Sequence[dict[str, Any]]:
        """Return updates that are wrong."""
        nobody, types, half = (self.said("hostile") for _ in range(3))
        nobody["message"]["from"] = {"first_name": "Nobody"}
        types["message"] |= {"text": {"a": 1}, "chat": "17"}
        del half["message"]["chat"]
        return [
            nobody, types, half, self.said("hostile " + "x" * 250_000),
            {"update_id": next(self._ids)}, {"update_id": next(self._ids), "message": []},
            self.pressed("a0.x" * 20), self.pressed("\x00"), self.other({"document": [1]}),
            self.other({"photo": {"file_id": 1}}),
            self.other({"document": {"file_id": 1, "file_unique_id": "x", "file_size": "a"}}),
        ]  # fmt: skip

    def pressed(self, data: str, who: str = "17", chat: str = "17") -> dict[str, Any]:
        """Return the update for a button that was pressed."""
        number = next(self._ids)
        return {
            "update_id": number,
            "callback_query": {
                "id": str(number), "data": data, "chat_instance": "x",
                "from": {"id": int(who), "is_bot": False, "first_name": "Somebody"},
                "message": {
                    "message_id": 1, "date": 1_700_000_000,
                    "chat": {"id": int(chat), "type": "private"},
                },
            },
        }  # fmt: skip

    async def happen(self, *updates: Any) -> None:
        """Let updates come, in this order."""
        await self.do("update", updates=list(updates))

    async def press(self, card: Told, *, yes: bool, who: str) -> None:
        """Press a button of a card."""
        await self.happen(self.pressed(card.buttons[0 if yes else 1], who, card.chat))

    async def told(self, chat: str) -> list[Told]:
        """Return what a chat shows of us now."""
        log = await self.log()
        now = {one["message"]: one for one in log if "message" in one}
        for one in log:
            now.pop(one.get("gone"), None)
        return [_told(one) for one in now.values() if one["chat"] == chat]

    async def button(self) -> dict[str, Any]:
        """Wait for a message with buttons."""

        async def there() -> dict[str, Any] | None:
            return next((one for one in await self.sent() if one["buttons"]), None)

        found: dict[str, Any] = await soon(there, LONG)
        return found

    # What goes wrong ------------------------------------------------------------------------

    async def fail(self, side: Side, how: Fault, times: int = 1, seconds: float = 0) -> None:
        """Fail the next times that something is asked."""
        slow = {"kind": "status", "status": 429, "parameters": {"retry_after": int(seconds)}}
        fault = slow if how == "busy" else FAULTS[how]
        await self.do("fault", method=METHODS[side][0], fault=fault, times=times)

    async def lose(self, times: int) -> bool:
        """Hand out no file the next times that one is asked for."""
        await self.do("fault", method="file", fault={"status": 500}, times=times)
        return True

    async def away(self, gone: bool) -> None:
        """Be out of reach, or be back."""
        await self.do("away", gone=gone)

    async def signs(self, secret: str) -> None:
        """Let only this token be right."""
        await self.do("tokens", tokens=[secret])


def _told(one: dict[str, Any]) -> Told:
    text = one["text"].encode("utf-16-le")

    def part(entity: dict[str, Any]) -> str:
        at = 2 * entity["offset"]
        return bytes(text[at : at + 2 * entity["length"]]).decode("utf-16-le")

    return Told(
        name=str(one["message"]),
        chat=one["chat"],
        text=one["text"],
        buttons=tuple(one["buttons"]),
        code=tuple(part(each) for each in one["entities"] if each["type"] == "pre"),
        links=tuple(each["url"] for each in one["entities"] if each["type"] == "text_link"),
    )


@asynccontextmanager
async def telegram() -> AsyncIterator[Telegram]:
    """Run the wire-level server until the end of the block."""
    async with serving("tests.gateways.channels.telegram_wire") as client:
        yield Telegram(client)
