"""The chat: say something, watch what becomes of it, stop it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from schemas.web import Ask, Receipt, Taken
from web.app import Endpoint
from web.auth import caller
from web.http import answer, read
from web.hub import Hub
from web.outlet import Outlet
from web.sse import EVENTS, EventStream
from web.talk import Talk, identifier, key_of, tier_of


class Chat:
    """The chat's endpoints.

    Args:
        talk: the way into the pipeline.
        hub: the way back.
    """

    def __init__(self, talk: Talk, hub: Hub) -> None:
        self._talk = talk
        self._hub = hub
        path = "/api/chat/{session}"
        self.endpoints = (
            Endpoint(
                "POST",
                "/api/chat",
                self.say,
                "chat",
                takes=Ask,
                gives=Receipt,
                status=202,
                once=True,
            ),
            Endpoint(
                "GET",
                f"{path}/stream",
                self.stream,
                "chat",
                streams=True,
                media=EVENTS,
                query={"cursor": "The id of the last event that is known."},
            ),
            Endpoint("POST", f"{path}/stop", self.stop, "chat", gives=Taken, status=202),
        )

    async def say(self, request: Request) -> Response:
        """Say something; the answer is 202 once it is durable.

        With the header `Idempotency-Key` a repeat within seven days is the same message.
        """
        ask = await read(request, Ask)
        receipt = await self._talk.say(
            caller(request),
            ask.text,
            key_of(request),
            session=ask.session,
            tier=tier_of(ask),
            attachments=ask.attachments,
        )
        return answer(receipt, 202)

    async def stream(self, request: Request) -> Response:
        """Watch a conversation: server-sent events.

        It begins with a `snapshot`, or behind the event whose id stands in `Last-Event-ID` or
        `?cursor=`, if that is still there.
        """
        session = session_of(request)
        await self._talk.own(caller(request), session)
        cursor = request.headers.get("last-event-id") or request.query_params.get("cursor", "")
        outlet = Outlet()
        watch = await self._hub.watch(session, outlet, cursor)
        return EventStream(outlet, lambda: self._hub.leave(watch))

    async def stop(self, request: Request) -> Response:
        """Stop what runs in a conversation; what waits behind it goes on."""
        taken = await self._talk.control(caller(request), session_of(request), "stop")
        return answer(taken, 202)


def session_of(request: Request) -> str:
    """Return the conversation that a path names.

    Raises:
        Invalid: that is no name.
    """
    return identifier(request.path_params["session"], "A conversation's name")
