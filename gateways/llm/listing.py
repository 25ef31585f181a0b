"""Which models a provider has for a key: one request, in each provider's own way."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from gateways.llm.door import Bounds
from gateways.llm.faults import fault
from schemas.errors import Expected, Refused

MOST = 200
"""Names that are taken over."""
BOUNDS = Bounds(first=5.0, silence=5.0, most=2_000_000)
_SERVERS = {
    "gemini": "https://generativelanguage.googleapis.com",
    "anthropic": "https://api.anthropic.com",
    "openai": "https://api.openai.com/v1",
}
_PATHS = {"gemini": "/v1beta/models", "anthropic": "/v1/models", "openai": "/models"}


_OTHERWISE = re.compile(
    r"embed|rerank|whisper|transcribe|tts|audio|realtime|speech|image|dall-e|sora|veo|imagen"
    r"|moderation|babbage|davinci|turbo-instruct",
    re.IGNORECASE,
)
"""In the names of models that are there for something else than to talk."""


def talks(name: str) -> bool:
    """Whether a model answers questions, as far as its name tells."""
    return _OTHERWISE.search(name) is None


@dataclass(frozen=True, slots=True)
class Offered:
    """What a provider says that it has.

    Attributes:
        names: of its models.
        refused: why there are none, where it did not say.
    """

    names: tuple[str, ...] = ()
    refused: Expected | None = None


async def offered(provider: str, key: str, address: str | None) -> Offered:
    """Return the names of a provider's models; none where it does not say, for not all do.

    Args:
        provider: whose protocol is spoken.
        key: what lets us in; "" for a server that wants none.
        address: another server than the provider's.
    """
    import httpx2  # noqa: PLC0415 - loaded at first use

    from gateways.llm.transport import client  # noqa: PLC0415

    url = (address or _SERVERS[provider]).rstrip("/") + _PATHS[provider]
    try:
        async with client(BOUNDS) as line:
            answer = await line.get(url, headers=_headers(provider, key))
        if answer.status_code != 200:
            return Offered(refused=fault(provider, answer.status_code, answer.text))
        return Offered(_names(json.loads(answer.text)))
    except httpx2.InvalidURL as error:
        return Offered(refused=Refused(f"{url} is no address: {error}."))
    except httpx2.HTTPError:
        return Offered(refused=Refused(f"Nobody answers at {url}."))
    except (ValueError, RecursionError):
        return Offered(refused=Refused(f"What answers at {url} does not list models."))


def _headers(provider: str, key: str) -> dict[str, str]:
    match provider:
        case "gemini":
            return {"x-goog-api-key": key}
        case "anthropic":
            return {"x-api-key": key, "anthropic-version": "2023-06-01"}
        case _:
            return {"Authorization": f"Bearer {key}"} if key else {}


def _names(found: Any) -> tuple[str, ...]:
    listed = found.get("data", found.get("models")) if isinstance(found, dict) else None
    rows = listed if isinstance(listed, list) else []
    names = [one.get("id", one.get("name")) for one in rows if isinstance(one, dict)]
    plain = [one.removeprefix("models/") for one in names if isinstance(one, str)]
    return tuple(one for one in plain if 0 < len(one) <= 128 and one.isprintable())[:MOST]
