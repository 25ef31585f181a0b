"""Fetching what a URL names: resolved, checked, and connected to the address that was checked."""

from __future__ import annotations

import asyncio
import ssl
import zlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from gateways.internet.address import Allowed, Target, read
from schemas.errors import Forbidden, Invalid, NotFound, Refused, Transient

REDIRECTS = 5
_MOVED = frozenset({301, 302, 303, 307, 308})
_AGENT = "LivOS/0.1 (a home server; it fetches what its owner asks for)"
_PIECE = 262_144


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came back.

    Attributes:
        url: where it was in the end.
        address: the address that was connected to.
        status: the HTTP status.
        type: the media type, without parameters, in small letters.
        charset: how the server says its text is written.
        body: all of it.
    """

    url: str
    address: str
    status: int
    type: str
    charset: str
    body: bytes


class Fetcher:
    """Fetches pages and files.

    Args:
        allowed: who may be reached.
        seconds: how long one answer may take, with all redirects.
    """

    def __init__(self, allowed: Allowed, seconds: float = 30.0) -> None:
        self._allowed = allowed
        self._seconds = seconds
        self._tls: ssl.SSLContext | None = None

    async def where(self, url: str) -> tuple[Target, tuple[str, ...]]:
        """Return what a URL names and the addresses it has now; nothing is connected to.

        Raises:
            Invalid, Forbidden, NotFound, Transient: it is not to be fetched.
        """
        target = read(url)
        return target, await self._allowed.addresses(target)

    async def fetch(
        self,
        url: str,
        most: int,
        *,
        headers: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> Fetched:
        """Fetch a URL; each redirect is checked like the first one.

        Args:
            url: http or https.
            most: bytes that the answer may have, unpacked.
            headers: what is said beside; not said to another server that it leads to.
            seconds: how long it may take, instead of the usual.

        Raises:
            Invalid: it is no URL that can be fetched.
            Forbidden: it leads where nobody may look.
            NotFound: there is no such server or page.
            Refused: the answer is too large, or the server says no.
            Transient: the server does not answer.
        """
        limit = seconds or self._seconds
        try:
            async with asyncio.timeout(limit):
                return await self._follow(url, most, dict(headers or {}))
        except TimeoutError:
            raise Transient(f"The server did not finish within {limit:g} s.") from None

    async def _follow(self, url: str, most: int, headers: dict[str, str]) -> Fetched:
        origin = ""
        for _ in range(REDIRECTS + 1):
            target, addresses = await self.where(url)
            if origin and target.origin != origin:
                headers = {}
            origin = target.origin
            found = await self._once(target, addresses[0], most, headers)
            if isinstance(found, Fetched):
                return found
            url = urljoin(target.url, found)
        raise Refused(f"The server leads from one address to another more than {REDIRECTS} times.")

    async def _once(
        self, target: Target, address: str, most: int, headers: dict[str, str]
    ) -> Fetched | str:
        import httpx2  # noqa: PLC0415 - at first use

        if self._tls is None:
            self._tls = await asyncio.to_thread(ssl.create_default_context)
        around = {
            "Host": target.origin.partition("//")[2],
            "User-Agent": _AGENT,
            "Accept": "text/html, text/*;q=0.9, application/json;q=0.9, */*;q=0.5",
            "Accept-Encoding": "gzip",
            **headers,
        }
        host = f"[{address}]" if ":" in address else address
        pinned = f"{target.scheme}://{host}:{target.port}{target.path}"
        # A client of its own for each: no cookie and no connection is carried to the next.
        transport = httpx2.AsyncHTTPTransport(verify=self._tls, trust_env=False)
        try:
            request = httpx2.Request(
                "GET", pinned, headers=around, extensions={"sni_hostname": target.host}
            )
            async with transport:
                response = await transport.handle_async_request(request)
                try:
                    return await _answer(response, target, address, most)
                finally:
                    await response.aclose()
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as error:
            raise Invalid(f"{target.url[:200]} is not a URL.") from error
        except httpx2.TransportError as error:
            why = str(error)[:200] or type(error).__name__
            raise Transient(f"{target.origin} does not answer: {why}") from error


async def _answer(response: Any, target: Target, address: str, most: int) -> Fetched | str:
    status = int(response.status_code)
    if status in _MOVED and response.headers.get("location"):
        return str(response.headers["location"])
    if status in (404, 410):
        raise NotFound(f"There is nothing at {target.url[:200]} (HTTP {status}).")
    if status == 429 or status >= 500:
        raise Transient(f"{target.origin} cannot answer now (HTTP {status}).")
    if status in (401, 403):
        raise Forbidden(f"{target.origin} does not show this to us (HTTP {status}).")
    if not 200 <= status < 300:
        raise Refused(f"{target.origin} refused (HTTP {status}).")
    kind, _, parameters = response.headers.get("content-type", "").partition(";")
    charset = parameters.lower().partition("charset=")[2].strip(" \"'").partition(";")[0]
    body = bytearray()
    async for piece in _unpacked(response):
        body += piece
        if len(body) > most:
            raise Refused(f"It has more than {most / 1_000_000:g} MB.")
    return Fetched(target.url, address, status, kind.strip().lower(), charset, bytes(body))


async def _unpacked(response: Any) -> AsyncIterator[bytes]:
    """Unpack piece by piece, so that little can never become much at once."""
    packed = response.headers.get("content-encoding", "identity").strip().lower()
    if packed not in ("identity", "gzip", "x-gzip", "deflate", ""):
        raise Refused("The server packs its answer in a way that was not asked for.")
    if packed in ("identity", ""):
        async for piece in response.stream:
            yield piece
        return
    unpack = zlib.decompressobj(wbits=47)
    try:
        async for piece in response.stream:
            rest = piece
            while rest:
                yield unpack.decompress(rest, _PIECE)
                rest = unpack.unconsumed_tail
        yield unpack.flush(_PIECE)
        if not unpack.eof:
            raise Refused("The server's answer ends too early.")
    except zlib.error as error:
        raise Refused("The server's answer cannot be unpacked.") from error
