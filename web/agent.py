"""The agent's stream: one question, and its work as four kinds of event until it is answered."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from schemas.web import AskAgent
from web.agent_events import Known, Teller
from web.app import Endpoint
from web.auth import caller
from web.frames import of_model
from web.http import read
from web.hub import Hub
from web.outlet import Outlet
from web.past import Past
from web.sse import EVENTS, EventStream
from web.talk import Talk, identifier, key_of, tier_of


class Agent:
    """The endpoints of the agent's stream.

    Args:
        talk: the way into the pipeline.
        hub: the way back.
        past: what was said.
    """

    def __init__(self, talk: Talk, hub: Hub, past: Past) -> None:
        self._talk = talk
        self._hub = hub
        self._past = past
        path = "/api/agent/stream"
        self.endpoints = (
            Endpoint(
                "POST",
                path,
                self.ask,
                "chat",
                takes=AskAgent,
                streams=True,
                media=EVENTS,
                once=True,
            ),
            Endpoint("GET", f"{path}/{{turn}}", self.resume, "chat", streams=True, media=EVENTS),
        )

    async def ask(self, request: Request) -> Response:
        """Ask, and watch the agent work: `thinking`, `tool_call`, `observation`, `final_answer`.

        While a tool runs, `tool_output` has the newest end of what it wrote; each replaces the one
        before it.

        Each event has an id of its own; it ends after `final_answer`, or after `error`. Whoever
        loses the line goes on at `/api/agent/stream/{turn}`, behind the event whose id they send;
        the turn stands in every event, and in the header `X-Turn`. A step that begins a second time
        (`begins`) replaces what was told of it, and so does a call with the same `call_id`.
        """
        ask = await read(request, AskAgent)
        receipt = await self._talk.say(
            caller(request), ask.text, key_of(request), session=ask.session, tier=tier_of(ask)
        )
        return await self._follow(receipt.session, receipt.turn, "")

    async def resume(self, request: Request) -> Response:
        """Go on watching a turn behind the event of the header `Last-Event-ID`."""
        turn = identifier(request.path_params["turn"], "A turn's name")
        session = await self._talk.session_of(caller(request), turn)
        return await self._follow(session, turn, request.headers.get("last-event-id", ""))

    async def _follow(self, session: str, turn: str, cursor: str) -> Response:
        outlet, known = Outlet(), Known.of(cursor)
        teller = Teller(turn, known)
        watch = await self._hub.watch(session, outlet, known.cursor)
        found = await self._past.turn(session, turn)
        if found is not None and found.state == "done":
            outlet.put(of_model(session, "turn", found))  # its end may be older than all that comes
        stream = EventStream(
            outlet, lambda: self._hub.leave(watch), teller.encode, lambda: teller.over
        )
        stream.headers["X-Turn"] = turn
        return stream
