"""The connection to Discord: kept, begun anew where it ends, and heard as it came."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import structlog

from gateways.channels.discord_send import NAME, Sender

if TYPE_CHECKING:
    from discord import Client

log = structlog.get_logger("channels")

SERVER, GATEWAY = "https://discord.com", "wss://gateway.discord.gg/"
"""Discord's own, as the library has them."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
KINDS = frozenset({"READY", "MESSAGE_CREATE", "INTERACTION_CREATE"})
"""What is taken in. What was edited was said before: it is answered already."""


class Listener:
    """Keeps one bot connected.

    Args:
        token: the bot's.
        base_url: a server in the place of Discord's; Discord's own where there is none.
        sender: is given the client that is connected.
        hear: takes an event, in their order, without waiting.
        well: says that all is well.
        ill: says what is wrong.
    """

    def __init__(
        self,
        token: str,
        base_url: str | None,
        sender: Sender,
        *,
        hear: Callable[[str, Any], None],
        well: Callable[[], None],
        ill: Callable[[str], None],
    ) -> None:
        self._token, self._base_url, self._sender = token, base_url, sender
        self._hear, self._well, self._ill = hear, well, ill
        self._connected = False

    async def run(self) -> None:
        """Be connected, for ever."""
        import discord  # noqa: PLC0415 - only where Discord is used

        failures = 0
        while True:
            client = made(self._base_url)
            client.event(self._events())
            self._connected = False
            try:
                await client.login(self._token)
                self._sender.client = client
                await self._connect(client)
                self._ill("Discord closed the connection.")
            except discord.LoginFailure:
                self._ill("Discord refuses the bot's token; set another one.")
            except discord.PrivilegedIntentsRequired:
                self._ill("The bot may not read messages: allow it the Message Content Intent.")
            except Exception as error:  # noqa: BLE001
                # A bug in one channel must not end the others.
                self._ill(f"Discord: {type(error).__name__}.")
            finally:
                self._sender.hang_up()
                with contextlib.suppress(Exception):
                    await client.close()
            failures = 0 if self._connected else failures + 1
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures, 10))
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - no secret

    async def _connect(self, client: Client) -> None:
        import yarl  # noqa: PLC0415
        from discord.gateway import DiscordWebSocket  # noqa: PLC0415

        address = GATEWAY
        if self._base_url is not None:
            _, address, _ = await client.http.get_bot_gateway()
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(address)
        # Begun anew by us: the library waits up to a quarter of an hour between its tries.
        await client.connect(reconnect=False)

    def _events(self) -> Any:
        async def on_socket_raw_receive(message: str) -> None:
            try:
                event = json.loads(message)
                kind = event.get("t")
                if kind in {"READY", "RESUMED"}:
                    self._connected = True
                    self._well()
                if kind in KINDS:
                    self._hear(kind, event.get("d"))
            except (ValueError, KeyError, TypeError, AttributeError, asyncio.QueueFull) as error:
                log.warning("channel.unreadable", channel=NAME, error=type(error).__name__)

        return on_socket_raw_receive


def made(base_url: str | None) -> Client:
    """Return a client of the library that remembers nothing."""
    import discord  # noqa: PLC0415
    from discord.http import Route  # noqa: PLC0415

    # The library keeps it for the whole process: without one, it is Discord's own again.
    Route.BASE = f"{(base_url or SERVER).rstrip('/')}/api/v10"
    intents = discord.Intents.none()
    intents.guild_messages = intents.dm_messages = intents.message_content = True
    return discord.Client(
        intents=intents,
        enable_debug_events=True,
        max_messages=None,
        max_ratelimit_timeout=60.0,
        allowed_mentions=discord.AllowedMentions.none(),
    )
