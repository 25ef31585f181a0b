"""Searching the web through the owner's SearXNG, or through Brave with the owner's key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson

from gateways.internet.address import Allowed, read
from gateways.internet.fetch import Fetcher
from schemas.errors import Refused

BRAVE = "https://api.search.brave.com"
MOST = 4_000_000
"""Bytes of an answer."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One page that was found."""

    title: str
    url: str
    about: str


class Finder:
    """The search engine, if one is set.

    Args:
        searxng: the owner's SearXNG; it is asked first.
        brave: a key for Brave's service.
        brave_url: where that is.
    """

    def __init__(
        self, searxng: str | None = None, brave: str | None = None, brave_url: str = BRAVE
    ) -> None:
        self._searxng = searxng.rstrip("/") if searxng else None
        self._brave = brave
        self._url = self._searxng or brave_url.rstrip("/")
        target = read(self._url)
        # The owner named this server, so it may be one at home.
        self._fetcher = Fetcher(Allowed((target.host,), (target.port,)), seconds=15.0)

    def why_not(self) -> str:
        """Return why nothing can be searched; empty if it can."""
        if self._searxng or self._brave:
            return ""
        return "no search engine is set: searxng_url, or brave_api_key, is what it takes"

    async def search(self, words: str, count: int) -> tuple[Hit, ...]:
        """Return what was found, the best first.

        Raises:
            Refused: no engine is set, or it says no.
            Transient: it does not answer.
        """
        why = self.why_not()
        if why:
            raise Refused(why)
        if self._searxng:
            asked = urlencode({"q": words, "format": "json"})
            found = await self._ask(f"{self._url}/search?{asked}", {})
            hits = found.get("results")
        else:
            asked = urlencode({"q": words, "count": count})
            key = {"X-Subscription-Token": self._brave or ""}
            found = await self._ask(f"{self._url}/res/v1/web/search?{asked}", key)
            hits = (found.get("web") or {}).get("results")
        return tuple(_hit(one) for one in (hits or ())[:count] if isinstance(one, dict))

    async def _ask(self, url: str, headers: dict[str, str]) -> dict[str, Any]:
        answer = await self._fetcher.fetch(
            url, MOST, headers={**headers, "Accept": "application/json"}
        )
        try:
            found = orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            found = None
        if not isinstance(found, dict):
            hint = " (does its settings.yml allow the format json?)" if self._searxng else ""
            raise Refused(f"The search engine did not answer in JSON{hint}.")
        return found


def _hit(found: dict[str, Any]) -> Hit:
    about = found.get("content") or found.get("description") or ""
    return Hit(
        " ".join(str(found.get("title", "")).split())[:300],
        str(found.get("url", ""))[:2_048],
        " ".join(str(about).split())[:500],
    )
