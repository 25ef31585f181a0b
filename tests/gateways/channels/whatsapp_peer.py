"""WhatsApp in a test: what people see and do there."""

from __future__ import annotations

import base64
import itertools
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.gateways.channels.peer import Fault, Odd, Peer, Side, Told, serving
from tests.gateways.channels.whatsapp_wire import NUMBER, SECRET, TOKEN

VERIFY = "verify-me"
FAULTS: dict[str, dict[str, Any]] = {
    "broken": {"kind": "error", "status": 500, "code": 131_000},
    "garbage": {"kind": "garbage"},
    "lost": {"kind": "lost"},
    "silent": {"kind": "silent"},
    "blocked": {"kind": "error", "status": 400, "code": 131_026},
}


class WhatsApp(Peer):
    """A handle on the wire-level server.

    Args:
        client: of the server.
    """

    name, secret, right, length = "whatsapp", "WHATSAPP_ACCESS_TOKEN", TOKEN, 4_096
    owner, member, stranger = "15550017", "15550018", "15550099"
    edits = False
    files = True

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.url = f"{str(client.base_url).rstrip('/')}/v24.0"
        self._client = client
        self._ids = itertools.count(1)

    @property
    def environment(self) -> dict[str, str]:
        """With which the process of the messengers finds this server."""
        return {
            "WHATSAPP_ACCESS_TOKEN": TOKEN, "WHATSAPP_APP_SECRET": SECRET,
            "WHATSAPP_VERIFY_TOKEN": VERIFY, "WHATSAPP_PHONE_NUMBER_ID": NUMBER,
            "WHATSAPP_API_BASE_URL": self.url,
        }  # fmt: skip

    async def meet(self, sockets: Path) -> None:
        """Be told where the messengers are reached."""
        await self.do("sockets", path=str(sockets))

    async def close(self) -> None:
        """Nothing is held."""

    async def do(self, do: str, **more: Any) -> None:
        """Have the server do something."""
        (await self._client.post("/wire", json={"do": do, **more})).raise_for_status()

    async def log(self) -> dict[str, Any]:
        """Return what was sent, and how the webhook answered."""
        found: dict[str, Any] = (await self._client.get("/wire")).json()
        return found

    # What people do -------------------------------------------------------------------------

    def said(self, text: str, who: str = "", *, group: str = "", **more: Any) -> dict[str, Any]:
        """Return the update for something that was said to us."""
        return self.talk(f"!{text}", who, group, **more)

    def talk(self, text: str, who: str = "", group: str = "", **more: Any) -> dict[str, Any]:
        """Return the update for something that was said, to us or to others."""
        there = {"group_id": group} if group else {}
        return self.wrote({"type": "text", "text": {"body": text}, **there, **more}, who)

    def wrote(self, what: dict[str, Any], who: str = "") -> dict[str, Any]:
        """Return the update for a message."""
        who = who or self.owner
        common = {
            "id": f"wamid.in{next(self._ids)}",
            "from": who,
            "timestamp": str(int(time.time())),
        }
        return {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "15550100", "phone_number_id": NUMBER},
            "contacts": [{"wa_id": who, "profile": {"name": "Somebody"}}],
            "messages": [{**common, **what}],
        }

    def attached(self, name: str, data: bytes, text: str, who: str = "") -> dict[str, Any]:
        """Return the update for a file that somebody sends."""
        return self.sent_file(base64.urlsafe_b64encode(data).decode(), text, who, name)

    def sent_file(self, ref: str, text: str, who: str = "", name: str = "a.txt") -> dict[str, Any]:
        """Return the update for a document, by its id there."""
        about = {"id": ref, "filename": name, "mime_type": "text/plain", "caption": f"!{text}"}
        return self.wrote({"type": "document", "document": about}, who)

    def odd(self, how: Odd, text: str, who: str = "") -> dict[str, Any] | None:
        """Return the update for a message that is no fresh word; here only people write."""
        return self.said(text, who, context={"forwarded": True}) if how == "forwarded" else None

    def hostile(self) -> Sequence[dict[str, Any]]:
        """Return updates that are wrong."""
        nobody, types, half, old, other = (self.said("hostile") for _ in range(5))
        nobody["messages"][0]["from"] = "../../etc"
        types["messages"][0]["text"] = [1]
        del half["messages"][0]["id"]
        old["messages"][0]["timestamp"] = "1700000000"
        other["metadata"]["phone_number_id"] = "1"
        return [
            nobody, types, half, old, other, self.said("hostile " + "x" * 250_000),
            self.wrote({"type": "nothing"}), {"messages": 1}, {"statuses": [{"id": 1}]},
            self.pressed("a0.x" * 80), self.pressed("\x00"),
        ]  # fmt: skip

    def pressed(self, payload: str, who: str = "") -> dict[str, Any]:
        """Return the update for a button that was pressed."""
        reply = {"type": "button_reply", "button_reply": {"id": payload, "title": "x"}}
        return self.wrote({"type": "interactive", "interactive": reply}, who)

    async def happen(self, *updates: Any) -> None:
        """Let updates come, in this order."""
        await self.do("update", updates=list(updates))

    async def press(self, card: Told, *, yes: bool, who: str) -> None:
        """Press a button of a card."""
        await self.happen(self.pressed(card.buttons[0 if yes else 1], who))

    async def told(self, chat: str) -> list[Told]:
        """Return what a chat shows of us now."""
        sent = (await self.log())["sent"]
        return [_told(one) for one in sent if one["to"] == chat and one["type"] != "document"]

    async def got(self, chat: str = "") -> list[tuple[str, bytes]]:
        """Return the files that a chat has of us."""
        return [
            (one["document"]["filename"], base64.b64decode(one["data"]))
            for one in (await self.log())["sent"]
            if one["to"] == (chat or self.owner) and one["type"] == "document"
        ]

    # What goes wrong ------------------------------------------------------------------------

    async def fail(self, side: Side, how: Fault, times: int = 1, seconds: float = 0) -> None:
        """Fail the next times that something is asked; here nobody asks for what happened."""
        if side == "send":
            slow = {"kind": "error", "status": 429, "code": 130_429, "wait": int(seconds)}
            fault = slow if how == "busy" else FAULTS[how]
            await self.do("fault", fault=fault, times=times)

    async def lose(self, times: int) -> bool:
        """Hand out no file the next times that one is asked for."""
        await self.do("lost", times=times)
        return True

    async def away(self, gone: bool) -> None:
        """Be out of reach, or be back."""
        await self.do("away", gone=gone)

    async def signs(self, secret: str) -> None:
        """Let only this token be right."""
        await self.do("token", token=secret)


def _told(one: dict[str, Any]) -> Told:
    if one["type"] == "text":
        text, buttons = one["text"]["body"], ()
    else:
        shown = one["interactive"]
        text = shown["body"]["text"]
        buttons = tuple(each["reply"]["id"] for each in shown["action"]["buttons"])
    return Told(
        name=one["id"],
        chat=one["to"],
        text=text,
        buttons=buttons,
        code=tuple(re.findall(r"```(.*?)```", text, re.DOTALL)),
        links=tuple(re.findall(r"\((https?://[^)\s]+)\)", text)),
    )


@asynccontextmanager
async def whatsapp() -> AsyncIterator[WhatsApp]:
    """Run the wire-level server until the end of the block."""
    async with serving("tests.gateways.channels.whatsapp_wire") as client:
        yield WhatsApp(client)
