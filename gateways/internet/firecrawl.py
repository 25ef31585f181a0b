"""A Firecrawl server of the owner's, which reads pages that need a browser."""

from __future__ import annotations

import asyncio
from typing import Any

from schemas.errors import Refused, Transient

MOST = 8_000_000
"""Bytes of an answer."""


class Firecrawl:
    """The server, if there is one.

    Args:
        url: where it listens; None if there is none.
        seconds: how long it may take.
    """

    def __init__(self, url: str | None = None, seconds: float = 60.0) -> None:
        self.url = url.rstrip("/") if url else None
        self._seconds = seconds

    async def scrape(self, url: str) -> tuple[str, str]:
        """Return a page's title and its text as Markdown.

        Raises:
            Transient: the server is not running, or failed.
            Refused: it says no.
        """
        import httpx2  # noqa: PLC0415 - at first use

        asked = {"url": url, "formats": ["markdown"], "onlyMainContent": True}
        try:
            async with (
                asyncio.timeout(self._seconds),
                httpx2.AsyncClient(trust_env=False, timeout=self._seconds) as client,
                client.stream("POST", f"{self.url}/v1/scrape", json=asked) as response,
            ):
                raw = bytearray()
                async for piece in response.aiter_bytes():
                    raw += piece
                    if len(raw) > MOST:
                        raise Refused("The page is too large.")
                status = response.status_code
        except TimeoutError:
            raise Transient(f"Firecrawl did not answer within {self._seconds:g} s.") from None
        except httpx2.TransportError as error:
            raise Transient(
                f"Firecrawl is not running at {self.url} (FIRECRAWL_URL): {error}"
            ) from error
        return _page(status, bytes(raw))


def _page(status: int, raw: bytes) -> tuple[str, str]:
    import orjson  # noqa: PLC0415

    try:
        said: Any = orjson.loads(raw)
        data = said["data"]
        text, about = data["markdown"], data.get("metadata") or {}
        title = about.get("title") or ""
    except (ValueError, KeyError, TypeError, AttributeError):
        kind = Transient if status >= 500 or status == 429 else Refused
        raise kind(f"Firecrawl could not read the page (HTTP {status}).") from None
    if not isinstance(text, str) or status != 200:
        raise Refused(f"Firecrawl could not read the page (HTTP {status}).")
    return str(title)[:300], text
