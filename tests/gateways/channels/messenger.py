"""Telegram in a test: the wire-level server, and the real process of the messengers."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from ops import secrets
from ops.keyring import gateway
from ops.settings import Settings
from ops.users.book import opened
from ops.users.known import Identity
from ops.users.rows import Person
from schemas.channels import ChannelState
from schemas.errors import Conflict
from schemas.people import Role
from streams.channels import States
from streams.sign import Gateway
from tests.house.tree import ROOT
from tests.stand import QUICK, Stand, soon

TOKEN = "777:right-token"
PEOPLE = {"17": "owner", "18": "anna"}
"""By their ids on the channel."""
LONG = 120
"""Seconds: on a busy machine a process takes long to begin."""


class Telegram:
    """What people see and do there.

    Args:
        port: where the wire-level server listens.
    """

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._client = httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=20)
        self._ids = itertools.count(1_000)

    async def close(self) -> None:
        """Let go of the connection."""
        await self._client.aclose()

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

    async def texts(self, chat: str = "17") -> list[str]:
        """Return what a chat was told."""
        return [one["text"] for one in await self.sent() if one["chat"] == chat]

    def said(self, text: str, who: int = 17, **more: Any) -> dict[str, Any]:
        """Return the update for something that was said."""
        number = more.pop("number", None) or next(self._ids)
        return {
            "update_id": number,
            "message": {
                "message_id": number, "date": 1_700_000_000, "text": text,
                "from": {"id": who, "is_bot": False, "first_name": f"Somebody {who}"},
                "chat": {"id": who, "type": "private"}, **more,
            },
        }  # fmt: skip

    def pressed(self, data: str, who: int = 17, chat: int = 17) -> dict[str, Any]:
        """Return the update for a button that was pressed."""
        number = next(self._ids)
        return {
            "update_id": number,
            "callback_query": {
                "id": str(number), "data": data, "chat_instance": "x",
                "from": {"id": who, "is_bot": False, "first_name": "Somebody"},
                "message": {
                    "message_id": 1, "date": 1_700_000_000, "chat": {"id": chat, "type": "private"},
                },
            },
        }  # fmt: skip

    async def happen(self, *updates: dict[str, Any]) -> None:
        """Let updates come, in this order."""
        await self.do("update", updates=list(updates))

    async def say(self, text: str, who: int = 17, **more: Any) -> None:
        """Say something."""
        await self.happen(self.said(text, who, **more))

    async def told(self, words: str, chat: str = "17", many: int = 1) -> list[str]:
        """Wait until a chat was told these words so often."""

        async def there() -> list[str]:
            found = [text for text in await self.texts(chat) if words in text]
            return found if len(found) >= many else []

        found: list[str] = await soon(there, LONG)
        return found

    async def card(self) -> dict[str, Any]:
        """Wait for a card with buttons."""

        async def there() -> dict[str, Any] | None:
            return next((one for one in await self.sent() if one["buttons"]), None)

        found: dict[str, Any] = await soon(there, LONG)
        return found


class Messengers:
    """The process of the messengers, with a state folder of its own.

    Args:
        stand: both servers.
        root: the state folder.
        url: the wire-level server.
    """

    def __init__(self, stand: Stand, root: Path, url: str) -> None:
        self.stand, self.root = stand, root
        self.settings = Settings(root=root)
        self._process: asyncio.subprocess.Process | None = None
        self._env = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("NEXUS_", "TELEGRAM"))},
            "PYTHONPATH": str(ROOT),
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_BASE_URL": url,
            "NEXUS_STREAMS__SOCKETS": str(stand.servers.pair.durable.socket.parent),
            **{
                f"NEXUS_STREAMS__{name.upper()}": str(getattr(QUICK, name))
                for name in ("lease_seconds", "beat_seconds", "reclaim_seconds", "backoff_seconds")
            },
        }
        for role in ("channels", "desk"):
            file = secrets.redis_file(root, role)
            secrets.replace(file, stand.servers.passwords[role].encode())

    @property
    def gateway(self) -> Gateway:
        """The key that this process signs with."""
        return gateway(self.settings, "channel-telegram")

    async def know(self, people: dict[str, str] | None = None) -> None:
        """Let people be known by their ids."""
        for who, name in (PEOPLE if people is None else people).items():
            async with opened(self.settings) as book:
                role: Role = "owner" if name == "owner" else "member"
                with suppress(Conflict):
                    await book.add(Person(name, name, role, "no password fits this"))
                await book.known.add(Identity("telegram", who, "Somebody", name))

    async def start(self, **environment: str) -> None:
        """Start it."""
        env = {k: v for k, v in {**self._env, **environment}.items() if v}
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ops.channels", f"--root={self.root}", env=env
        )

    async def kill(self, how: signal.Signals = signal.SIGKILL) -> int:
        """End it; return how it ended."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(how)
        return await self._process.wait()

    async def state(self, true: Callable[[ChannelState], bool]) -> ChannelState:
        """Wait until it says that it is so."""
        states = States(self.stand.redis.execute_command)

        async def there() -> ChannelState | None:
            found = await states.of("telegram")
            return found if true(found) else None

        found: ChannelState = await soon(there, LONG)
        return found


@asynccontextmanager
async def server() -> AsyncIterator[Telegram]:
    """Run the wire-level server until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = int(door.getsockname()[1])
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.gateways.channels.telegram_wire", str(port), cwd=ROOT
    )
    found = Telegram(port)
    try:

        async def answers() -> bool:
            try:
                return bool(await found.log() is not None)
            except httpx.TransportError:
                return False

        await soon(answers, LONG)
        yield found
    finally:
        await found.close()
        process.kill()
        await process.wait()


@asynccontextmanager
async def messengers(stand: Stand, root: Path, url: str) -> AsyncIterator[Messengers]:
    """Give the process, not yet started; it is gone at the end of the block."""
    found = Messengers(stand, root, url)
    try:
        yield found
    finally:
        if found._process is not None:
            await found.kill(signal.SIGTERM)
