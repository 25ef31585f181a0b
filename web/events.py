"""Programs tell that something happened."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response

from gateways.hooks.generic import SIGNATURE, signed_key, vouched
from processors.events.trail import HEADER
from processors.events.types import Types
from schemas.errors import Invalid
from schemas.events import TypeView
from schemas.web import Happening, Taken, TypesView
from web.app import Endpoint
from web.auth import caller
from web.hooks import Sources, sent
from web.http import answer, read
from web.talk import channel_of, identifier, key_of
from web.telling import HOOKS, Telling, unknown

LARGEST = 64 << 10
"""Bytes of an event."""
KIND = re.compile(r"[a-z0-9][a-z0-9_.-]{0,127}")
SOURCE = "x-nexus-source"


class Events:
    """The endpoints of events.

    Args:
        telling: the way onto `events`.
        types: what events look like.
        sources: who may sign instead of having a key.
    """

    def __init__(self, telling: Telling, types: Types, sources: Sources) -> None:
        self._telling, self._types, self._sources = telling, types, sources
        self.endpoints = (
            Endpoint(
                "POST",
                "/api/events/{type}",
                self.publish,
                "events",
                takes=Happening,
                gives=Taken,
                status=202,
                body=LARGEST,
                once=True,
                signed=SIGNATURE,
            ),
            Endpoint("GET", "/api/events/types", self.types, "read", gives=TypesView),
        )

    async def publish(self, request: Request) -> Response:
        """Tell that something happened; the answer is 202 once that is durable.

        The body is any JSON object that fits the type, if that is described; `X-Event-Version`
        names a version of it. With the header `Idempotency-Key` a repeat within seven days is the
        same event. Instead of a key a source signs: `X-Nexus-Source`, `X-Nexus-Timestamp`, and
        `X-Nexus-Signature`, an HMAC over the lines time, type, key, and the body.
        """
        kind = request.path_params["type"]
        if not KIND.fullmatch(kind):
            raise Invalid("An event's type is small letters, digits, dots, dashes: `disk.full`.")
        if SIGNATURE in request.headers:
            person, channel, key = await self._signer(request, kind), HOOKS, _signed_key(request)
        else:
            found = caller(request)
            person, channel, key = found.person, channel_of(found), key_of(request)
        told = await read(request, Happening)
        version = _version(request)
        via = request.headers.get(HEADER, "")
        taken = await self._telling.tell(person, channel, kind, told.root, key, version, via)
        return answer(taken, 202)

    async def types(self, _request: Request) -> Response:
        """List the types that are described, each with its JSON Schema."""
        listed = tuple(
            TypeView(type=one.type, version=one.version, about=one.about, schema_=one.form)
            for one in self._types.described()
        )
        return answer(TypesView(types=listed).model_dump(mode="json", by_alias=True))

    async def _signer(self, request: Request, kind: str) -> str:
        body = await request.body()
        source = self._sources.get(request.headers.get(SOURCE, ""))
        key = request.headers.get("idempotency-key", "")
        if not vouched(sent(request, body, source), kind, key) or source is None:
            raise unknown()
        return f"source-{source.name}"


def _signed_key(request: Request) -> str:
    return identifier(signed_key(request.headers), "The header Idempotency-Key")


def _version(request: Request) -> int | None:
    given = request.headers.get("x-event-version")
    if given is None:
        return None
    if not (given.isascii() and given.isdigit() and 0 < len(given) < 6):
        raise Invalid("The header X-Event-Version is a number.")
    return int(given)
