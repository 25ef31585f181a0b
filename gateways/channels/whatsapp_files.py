"""Files on WhatsApp: fetched from its servers piece by piece."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gateways.channels.base import Sent
from gateways.channels.shelf import LARGEST
from gateways.channels.whatsapp_send import PAUSE, Away, Sender
from schemas.errors import Invalid, Refused

if TYPE_CHECKING:
    import httpx2

SECONDS = 15.0
"""Within which a file is here: sooner than WhatsApp's call must be answered."""
HOSTS = (".fbsbx.com",)
"""Where WhatsApp keeps files; nobody else is shown our token."""


class Unfetched(Away):
    """WhatsApp has the file and does not hand it out; it may the next time."""


class Fetcher:
    """Fetches the files that people send.

    Args:
        sender: knows the API.
        server: the API's address.
    """

    def __init__(self, sender: Sender, server: str) -> None:
        self._sender, self._server = sender, server

    async def fetch(self, sent: Sent) -> AsyncGenerator[bytes]:
        """Yield the bytes of a file as they come; who keeps them counts them.

        Raises:
            Invalid: it is larger than is taken in.
            Away, Unfetched: not now.
            Refused: WhatsApp says never.
        """
        import httpx2  # noqa: PLC0415 - only where WhatsApp is used

        about = await self._sender.media(sent.ref)
        address, size = about.get("url"), about.get("file_size", 0)
        if isinstance(size, int) and size > LARGEST:
            raise Invalid(f"This file is too large: {LARGEST >> 20} MB at most are taken in here.")
        if not isinstance(address, str) or not at_whatsapp(address, self._server):
            raise Refused("WhatsApp does not say where this file is.")
        loop = asyncio.get_running_loop()
        until = loop.time() + SECONDS
        try:
            async with self._sender.stream(address) as answer:
                _right(answer)
                async for piece in answer.aiter_raw():
                    yield piece
                    if loop.time() > until:
                        raise Unfetched("The file comes too slowly.", retry_after=PAUSE)
        except httpx2.InvalidURL:
            raise Refused("WhatsApp does not say where this file is.") from None
        except httpx2.HTTPError:
            raise Unfetched("The file does not come through.", retry_after=PAUSE) from None


def _right(answer: httpx2.Response) -> None:
    if answer.status_code != 200:
        raise Unfetched("WhatsApp does not hand the file out.", retry_after=PAUSE)


def at_whatsapp(address: str, server: str) -> bool:
    """Whether a file is where our token may be shown: at the API's own server, or WhatsApp's."""
    try:
        there, own = urlsplit(address), urlsplit(server)
        if (there.scheme, there.netloc) == (own.scheme, own.netloc):
            return True
        host, port = there.hostname or "", there.port
    except ValueError:
        return False
    return there.scheme == "https" and port in {None, 443} and host.endswith(HOSTS)
