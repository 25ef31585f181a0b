"""Programs tell that something happened."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response

from schemas.errors import Invalid
from schemas.web import Happening, Taken
from web.app import Endpoint
from web.auth import caller
from web.http import answer, read
from web.talk import Talk, key_of

LARGEST = 64 << 10
"""Bytes of an event."""
KIND = re.compile(r"[a-z0-9][a-z0-9_.-]{0,127}")


class Events:
    """The endpoint of events.

    Args:
        talk: the way into the pipeline.
    """

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
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
            ),
        )

    async def publish(self, request: Request) -> Response:
        """Tell that something happened; the answer is 202 once that is durable.

        The body is any JSON object. With the header `Idempotency-Key` a repeat within seven days
        is the same event.
        """
        kind = request.path_params["type"]
        if not KIND.fullmatch(kind):
            raise Invalid("An event's type is small letters, digits, dots, dashes: `disk.full`.")
        told = await read(request, Happening)
        taken = await self._talk.publish(caller(request), kind, told.root, key_of(request))
        return answer(taken, 202)
