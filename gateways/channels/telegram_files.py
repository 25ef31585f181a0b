"""Files on Telegram: fetched from its server piece by piece."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

import httpx

from gateways.channels.base import Sent
from gateways.channels.shelf import LARGEST
from gateways.channels.telegram_listen import UNREADABLE
from gateways.channels.telegram_send import PAUSE, Away, through
from schemas.errors import Invalid, Refused

if TYPE_CHECKING:
    from telegram import Bot

SECONDS = 60.0
"""Within which a file is here; meanwhile nobody else is heard."""
SILENCE = 20.0


class Unfetched(Away):
    """The server has the file and does not hand it out; it may the next time."""


class Fetcher:
    """Fetches the files that people send.

    Args:
        bot: the library's client.
        files: where the server's files are; the address holds the bot's token.
    """

    def __init__(self, bot: Bot, files: str) -> None:
        self._bot, self._files = bot, files

    async def fetch(self, sent: Sent) -> AsyncGenerator[bytes]:
        """Yield the bytes of a file as they come; who keeps them counts them.

        Raises:
            Invalid: it is larger than is taken in.
            Away, Unfetched: not now.
            Refused: Telegram says never.
        """
        if sent.size > LARGEST:
            raise Invalid(f"This file is too large: {LARGEST >> 20} MB at most are taken in here.")
        try:
            found = await through(lambda _: self._bot.get_file(sent.ref), "")
        except UNREADABLE:
            raise Unfetched("Telegram says nonsense of this file.", retry_after=PAUSE) from None
        address = str(found.file_path or "")
        # A server of the owner's may name a file on its own disk: that is none of this one's.
        if not address.startswith(f"{self._files}/") or ".." in address.split("/"):
            raise Refused("Telegram's server does not say where this file is.")
        loop = asyncio.get_running_loop()
        until = loop.time() + SECONDS
        # What is packed on the way would be larger than it is counted.
        plain = {"Accept-Encoding": "identity"}
        try:
            async with (
                httpx.AsyncClient(timeout=SILENCE, headers=plain) as client,
                client.stream("GET", address) as answer,
            ):
                if answer.status_code != httpx.codes.OK:
                    raise Unfetched("Telegram does not hand the file out.", retry_after=PAUSE)
                async for piece in answer.aiter_raw():
                    yield piece
                    if loop.time() > until:
                        raise Unfetched("The file comes too slowly.", retry_after=PAUSE)
        # Their own words hold the token.
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise Away("Telegram cannot be reached.", retry_after=PAUSE) from None
        except httpx.InvalidURL:
            raise Refused("Telegram's server does not say where this file is.") from None
        except httpx.HTTPError:
            raise Unfetched("The file does not come through.", retry_after=PAUSE) from None


def alone(chat: str) -> bool:
    """Whether a person is alone with us there: the numbers of groups are negative."""
    return chat.isdecimal()
