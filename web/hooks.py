"""Webhooks: what other programs send us in their own words becomes an event of a known type."""

from __future__ import annotations

import secrets
from typing import Protocol

import orjson
from starlette.requests import Request
from starlette.responses import Response

from gateways.hooks.base import Hook, Sent
from gateways.hooks.generic import HOOK
from processors.events.trail import HEADER
from schemas.errors import Invalid
from schemas.web import Happening, Taken
from web.app import Endpoint
from web.http import DEEPEST, answer, deeper
from web.telling import HOOKS, Telling, unknown

LARGEST = 1 << 20
"""Bytes of what one webhook sends."""


class Source(Protocol):
    """Somebody who shares a secret with us."""

    @property
    def name(self) -> str:
        """What its owner calls it."""
        ...

    @property
    def hook(self) -> Hook:
        """What it speaks."""
        ...

    @property
    def secret(self) -> bytes:
        """What it and we share."""
        ...


class Sources(Protocol):
    """Knows all of them."""

    def get(self, name: str) -> Source | None:
        """Return a source; None where there is none."""
        ...


def sent(request: Request, body: bytes, source: Source | None) -> Sent:
    """Return what came, to be checked; for a source that is not there, against nothing."""
    # A stranger's name takes as long as a known one with a wrong secret.
    secret = source.secret if source else secrets.token_bytes(32)
    return Sent(dict(request.headers), body, secret)


class Hooks:
    """The endpoint of webhooks.

    Args:
        telling: the way onto `events`.
        sources: who may.
    """

    def __init__(self, telling: Telling, sources: Sources) -> None:
        self._telling, self._sources = telling, sources
        self.endpoints = (
            Endpoint(
                "POST",
                "/api/hooks/{source}",
                self.receive,
                "nothing",
                takes=Happening,
                gives=Taken,
                status=202,
                body=LARGEST,
            ),
        )

    async def receive(self, request: Request) -> Response:
        """Take in what a source sends; the answer is 202 once that is durable.

        The source proves itself as its kind does: by a signature over the body, or by its secret.
        What it sends again, by its own name for the delivery, is the same event.
        """
        body = await request.body()
        source = self._sources.get(request.path_params["source"])
        came = sent(request, body, source)
        hook = source.hook if source else HOOK
        if not hook.signed(came) or source is None:
            raise unknown()
        try:
            found = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise Invalid("The body is not JSON.") from None
        if not isinstance(found, dict) or deeper(found, DEEPEST):
            raise Invalid(f"The body is no object, or deeper than {DEEPEST}.")
        try:
            event = hook.read(came, found)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Invalid(f"This is no message of {hook.kind}: {_why(error)}.") from None
        person = f"source-{source.name}"
        via = request.headers.get(HEADER, "")
        taken = await self._telling.tell(person, HOOKS, event.type, event.data, event.id, via=via)
        return answer(taken, 202)


def _why(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"{str(error)[:60]} is missing or unknown"
    return str(error)[:120] if type(error) is ValueError else "its form is another"
