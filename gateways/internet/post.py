"""Sending to another server: resolved, checked, and connected to the address that was checked."""

from __future__ import annotations

import asyncio
import ssl

from gateways.internet.address import Allowed, Target, read
from schemas.errors import Forbidden, Invalid, NotFound, Refused, Transient, Unavailable

_AGENT = "LivOS/0.1 (a home server; it forwards what its owner asks for)"
AWAY = (429, 502, 503, 504)
"""What a server says, or what stands before it, when it takes nothing at all now."""
_MOST = 65_536
"""Bytes of an answer that are read; what it says is of no interest."""


class Post:
    """Sends what was told to servers that may be reached. It follows nobody elsewhere.

    Args:
        allowed: who may be reached.
        seconds: how long one try may take.
    """

    def __init__(self, allowed: Allowed, seconds: float = 30.0) -> None:
        self._allowed = allowed
        self._seconds = seconds
        self._tls: ssl.SSLContext | None = None

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> None:
        """Send it once.

        Raises:
            Invalid: it is no URL that can be reached.
            Forbidden: it leads where nothing is sent to.
            NotFound: there is no such server or address.
            Refused: the server says no, or leads elsewhere.
            Unavailable: the server is away, or has too much to do.
            Transient: the server does not take this now.
        """
        target = read(url)
        try:
            async with asyncio.timeout(self._seconds):
                addresses = await self._allowed.addresses(target)
                status, later = await self._once(target, addresses[0], body, headers)
        except TimeoutError:
            raise Unavailable(f"{target.origin} did not answer in {self._seconds:g} s.") from None
        if 200 <= status < 300:
            return
        if status in AWAY or status in (408, 425) or status >= 500:
            failed = Unavailable if status in AWAY else Transient
            raise failed(f"{target.origin} cannot take it now (HTTP {status}).", retry_after=later)
        if status in (404, 410):
            raise NotFound(f"There is nothing at {target.origin} under this address.")
        if status in (401, 403):
            raise Forbidden(f"{target.origin} does not let us in (HTTP {status}).")
        raise Refused(f"{target.origin} does not take it (HTTP {status}).")

    async def _once(
        self, target: Target, address: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, float | None]:
        import httpx2  # noqa: PLC0415 - at first use

        if self._tls is None:
            self._tls = await asyncio.to_thread(ssl.create_default_context)
        around = {
            "Host": target.origin.partition("//")[2],
            "User-Agent": _AGENT,
            "Content-Length": str(len(body)),
            **headers,
        }
        host = f"[{address}]" if ":" in address else address
        pinned = f"{target.scheme}://{host}:{target.port}{target.path}"
        transport = httpx2.AsyncHTTPTransport(verify=self._tls, trust_env=False)
        try:
            request = httpx2.Request(
                "POST",
                pinned,
                headers=around,
                content=body,
                extensions={"sni_hostname": target.host},
            )
            async with transport:
                response = await transport.handle_async_request(request)
                try:
                    await _drained(response)
                finally:
                    await response.aclose()
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as error:
            raise Invalid(f"{target.origin} is not a URL.") from error
        except httpx2.TransportError as error:
            why = str(error)[:200] or type(error).__name__
            raise Unavailable(f"{target.origin} does not answer: {why}") from error
        wait = response.headers.get("retry-after", "")
        return int(response.status_code), min(float(wait), 600.0) if wait.isdigit() else None


async def _drained(response: object) -> None:
    size = 0
    async for piece in response.stream:  # type: ignore[attr-defined]
        size += len(piece)
        if size > _MOST:
            return
