"""Discord in a test: what people see and do there."""

from __future__ import annotations

import base64
import itertools
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.gateways.channels.peer import Fault, Odd, Peer, Side, Told, serving

TOKEN = "right-token"
FAULTS: dict[str, dict[str, Any]] = {
    "broken": {"kind": "status", "status": 503},
    "garbage": {"kind": "garbage"},
    "lost": {"kind": "lost"},
    "silent": {"kind": "silent"},
    "blocked": {"kind": "status", "status": 403, "code": 50_007},
}
GUILD = "4000"


class Discord(Peer):
    """A handle on the wire-level server; each person's chat alone with us has their own number.

    Args:
        client: of the server.
    """

    name, secret, right, length = "discord", "DISCORD_BOT_TOKEN", TOKEN, 2_000
    recognises = True
    files = True

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.url = str(client.base_url).rstrip("/")
        self._client = client
        self._ids = itertools.count(1_000)

    @property
    def environment(self) -> dict[str, str]:
        """With which the process of the messengers finds this server."""
        return {"DISCORD_BOT_TOKEN": TOKEN, "DISCORD_API_BASE_URL": self.url}

    async def close(self) -> None:
        """Nothing is held."""

    async def do(self, do: str, **more: Any) -> None:
        """Have the server do something."""
        (await self._client.post("/wire", json={"do": do, **more})).raise_for_status()

    async def log(self) -> list[dict[str, Any]]:
        """Return all that the bot did."""
        found: list[dict[str, Any]] = (await self._client.get("/wire")).json()["log"]
        return found

    # What people do -------------------------------------------------------------------------

    def said(self, text: str, who: str = "17", *, group: str = "", **more: Any) -> dict[str, Any]:
        """Return the event for something that was said."""
        number = str(next(self._ids))
        author = {"id": who, "username": "Somebody", "discriminator": "0", "avatar": None}
        guild = {"guild_id": GUILD} if group else {}
        data = {
            "id": number, "channel_id": group or who, "content": text, "author": author, "type": 0,
            "timestamp": "2026-01-01T00:00:00+00:00", "edited_timestamp": None, "tts": False,
            "mention_everyone": False, "mentions": [], "mention_roles": [], "attachments": [],
            "embeds": [], "pinned": False, **guild, **more,
        }  # fmt: skip
        return {"kind": "MESSAGE_CREATE", "data": data, "kept": True}

    def attached(self, name: str, data: bytes, text: str, who: str = "17") -> dict[str, Any]:
        """Return the event for a file that somebody sends; its address says what is in it."""
        address = f"{self.url}/files/{base64.urlsafe_b64encode(data).decode()}"
        return self.sent_file(address, len(data), text, who, name)

    def sent_file(
        self, address: str, size: int, text: str = "", who: str = "17", name: str = "notes.txt"
    ) -> dict[str, Any]:
        """Return the event for a file, by its address."""
        row = {"id": "1", "filename": name, "size": size, "url": address, "proxy_url": address}
        return self.said(text, who, attachments=[row])

    async def got(self, chat: str = "17") -> list[tuple[str, bytes]]:
        """Return the files that a chat has of us."""
        rows = [one for one in await self.log() if one["did"] == "sent" and one["chat"] == chat]
        return [(one["file"], base64.b64decode(one["data"])) for one in rows if "file" in one]

    def odd(self, how: Odd, text: str, who: str = "17") -> dict[str, Any]:
        """Return the event for a message that is no fresh word."""
        found = self.said(text, who)
        if how == "bot":
            found["data"]["author"]["bot"] = True
        elif how == "edited":
            found |= {"kind": "MESSAGE_UPDATE", "kept": False}
        else:
            reference = {"type": 1, "message_id": "1", "channel_id": "5"}
            found["data"]["message_reference"] = reference
        return found

    def hostile(self) -> Sequence[dict[str, Any]]:
        """Return events that are wrong."""
        nobody, types, half = (self.said("hostile") for _ in range(3))
        nobody["data"]["author"] = {"username": "Nobody"}
        types["data"] |= {"content": {"a": 1}, "channel_id": 17}
        del half["data"]["channel_id"]
        large = self.said("hostile " + "x" * 250_000)
        wrong: list[dict[str, Any]] = [
            large, nobody, types, half,
            {"kind": "MESSAGE_CREATE", "data": []}, {"kind": "INTERACTION_CREATE", "data": {}},
            self._pressed("a0.x" * 40), self._pressed("\x00"),
        ]  # fmt: skip
        return [{**one, "kept": False} for one in wrong]

    def _pressed(self, data: str, who: str = "17", chat: str = "17") -> dict[str, Any]:
        user = {"id": who, "username": "Somebody", "discriminator": "0", "avatar": None}
        return self.interaction(3, {"custom_id": data, "component_type": 2}, user, chat)

    def interaction(
        self, kind: int, data: dict[str, Any], user: dict[str, Any], chat: str
    ) -> dict[str, Any]:
        """Return the event for a button or a command."""
        return {
            "kind": "INTERACTION_CREATE", "kept": False,
            "data": {
                "id": str(next(self._ids)), "application_id": "778", "type": kind, "data": data,
                "token": "t", "version": 1, "user": user, "channel_id": chat, "locale": "en-GB",
                "entitlements": [], "authorizing_integration_owners": {},
                "attachment_size_limit": 1,
            },
        }  # fmt: skip

    async def happen(self, *updates: Any) -> None:
        """Let events come, in this order."""
        for one in updates:
            await self.do("event", **one)

    async def press(self, card: Told, *, yes: bool, who: str) -> None:
        """Press a button of a card."""
        await self.happen(self._pressed(card.buttons[0 if yes else 1], who, card.chat))

    async def told(self, chat: str) -> list[Told]:
        """Return what a chat shows of us now."""
        now = (await self._client.get("/wire")).json()["now"]
        return [_told(one) for one in now if one["chat"] == chat and "file" not in one]

    # What goes wrong ------------------------------------------------------------------------

    async def fail(self, side: Side, how: Fault, times: int = 1, seconds: float = 0) -> None:
        """Fail the next times that something is asked; who is to hear must connect anew."""
        fault = {"kind": "busy", "seconds": seconds} if how == "busy" else FAULTS[how]
        await self.do("fault", side=side, fault=fault, times=times)

    async def lose(self, times: int) -> bool:
        """Hand out no file the next times that one is asked for."""
        await self.do("lost", times=times)
        return True

    async def away(self, gone: bool) -> None:
        """Be out of reach, or be back."""
        await self.do("away", gone=gone)

    async def signs(self, secret: str) -> None:
        """Let only this token be right."""
        await self.do("tokens", tokens=[secret])


def _told(one: dict[str, Any]) -> Told:
    text = one["content"]
    blocks = re.findall(r"```\w*\n(.*?)\n```", text, re.DOTALL)
    rows = one.get("components") or []
    return Told(
        name=one["message"],
        chat=one["chat"],
        text=text,
        buttons=tuple(each["custom_id"] for row in rows for each in row["components"]),
        code=tuple(blocks),
        links=tuple(re.findall(r"\(<(https?://[^>]+)>\)", text)),
    )


@asynccontextmanager
async def discord() -> AsyncIterator[Discord]:
    """Run the wire-level server until the end of the block."""
    async with serving("tests.gateways.channels.discord_wire") as client:
        yield Discord(client)
