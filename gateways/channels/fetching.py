"""Fetching a file that somebody sent, piece by piece, from where its vendor keeps it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gateways.channels.base import Sent
from gateways.channels.shelf import LARGEST
from schemas.errors import Invalid, Refused, Unavailable

if TYPE_CHECKING:
    import httpx2

PAUSE = 1.0
"""Seconds before another try."""
SILENCE = 20.0
"""Seconds without a word from the vendor's server."""


class Unfetched(Unavailable):
    """A vendor has the file and does not hand it out; it may the next time."""

    code = "channel_away"


Where = Callable[[Sent], Awaitable[str]]
"""Asks the vendor for the address of a file; whatever it says, the address is one of its own."""
Opened = Callable[[str], AbstractAsyncContextManager["httpx2.Response"]]
"""Asks for what is at an address, and for nothing else in its place."""


class Fetcher:
    """Fetches the files that people send on one channel.

    Args:
        vendor: what its people call it.
        where: finds a file.
        opened: asks for it; whoever is asked learns nothing of us, unless given.
        seconds: within which a file is here; meanwhile nobody else is heard.
    """

    def __init__(
        self, vendor: str, where: Where, opened: Opened | None = None, *, seconds: float = 60.0
    ) -> None:
        self._vendor, self._where, self._seconds = vendor, where, seconds
        self._opened: Opened = opened or plainly

    async def fetch(self, sent: Sent) -> AsyncGenerator[bytes]:
        """Yield the bytes of a file as they come; who keeps them counts them.

        Raises:
            Invalid: it is larger than is taken in.
            Unavailable: not now.
            Refused: the vendor says never.
        """
        import httpx2  # noqa: PLC0415 - only where a file is fetched

        fits(sent.size)
        address = await self._where(sent)
        loop = asyncio.get_running_loop()
        until = loop.time() + self._seconds
        try:
            async with self._opened(address) as answer:
                if answer.status_code != httpx2.codes.OK:
                    raise Unfetched(
                        f"{self._vendor} does not hand the file out.", retry_after=PAUSE
                    )
                async for piece in answer.aiter_raw():
                    yield piece
                    if loop.time() > until:
                        raise Unfetched("The file comes too slowly.", retry_after=PAUSE)
        # Their own words may hold a token.
        except httpx2.InvalidURL:
            raise nowhere(self._vendor) from None
        except httpx2.HTTPError:
            raise Unfetched("The file does not come through.", retry_after=PAUSE) from None


@asynccontextmanager
async def plainly(address: str) -> AsyncIterator[httpx2.Response]:
    """Ask for a file without a word of who we are."""
    import httpx2  # noqa: PLC0415

    # What is packed on the way would be larger than it is counted.
    plain = {"Accept-Encoding": "identity"}
    async with (
        httpx2.AsyncClient(timeout=SILENCE, headers=plain) as client,
        client.stream("GET", address, follow_redirects=False) as answer,
    ):
        yield answer


def fits(size: int) -> None:
    """Make sure that a file is not larger than is taken in.

    Raises:
        Invalid: it is.
    """
    if size > LARGEST:
        raise Invalid(f"This file is too large: {LARGEST >> 20} MB at most are taken in here.")


def nowhere(vendor: str) -> Refused:
    """Return what is said of a file whose address is none of its vendor's."""
    return Refused(f"{vendor} does not say where this file is.")


def at_home(address: str, server: str, hosts: tuple[str, ...]) -> bool:
    """Whether a file is where its vendor keeps files: at the API's own server, or by HTTPS at one
    of these.

    Args:
        address: of the file.
        server: the API's.
        hosts: how the names of the vendor's other servers end.
    """
    try:
        there, own = urlsplit(address), urlsplit(server)
        if (there.scheme, there.netloc) == (own.scheme, own.netloc):
            return True
        host, port = there.hostname or "", there.port
    except ValueError:
        return False
    return there.scheme == "https" and port in {None, 443} and host.endswith(hosts)
