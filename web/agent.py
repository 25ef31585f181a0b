"""The agent's stream: one question, and its work as four kinds of event until it is answered."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from schemas.feed import Called, LiveEvent, ObservedLive, Printed, Stepped, Token
from schemas.web import AgentAnswer, AgentError, AgentThinking, AskAgent, Snapshot, Turn
from web.app import Endpoint
from web.auth import caller
from web.frames import Frame, of_model
from web.http import read
from web.hub import Hub
from web.outlet import Outlet
from web.past import Past
from web.sse import EVENTS, EventStream
from web.talk import Talk, identifier, key_of


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

        Each event has an id; it ends after `final_answer`, or after `error`. Whoever loses the
        line goes on at `/api/agent/stream/{turn}`; the turn stands in every event, and in the
        header `X-Turn`.
        """
        ask = await read(request, AskAgent)
        receipt = await self._talk.say(
            caller(request), ask.text, key_of(request), session=ask.session, tier=ask.tier
        )
        return await self._follow(receipt.session, receipt.turn, "")

    async def resume(self, request: Request) -> Response:
        """Go on watching a turn behind the event of the header `Last-Event-ID`."""
        turn = identifier(request.path_params["turn"], "A turn's name")
        session = await self._talk.session_of(caller(request), turn)
        return await self._follow(session, turn, request.headers.get("last-event-id", ""))

    async def _follow(self, session: str, turn: str, cursor: str) -> Response:
        outlet, teller = Outlet(), Teller(turn)
        watch = await self._hub.watch(session, outlet, cursor)
        found = await self._past.turn(session, turn)
        if found is not None and found.state == "done":
            outlet.put(of_model(session, "turn", found))  # its end may be older than all that comes
        stream = EventStream(
            outlet, lambda: self._hub.leave(watch), teller.encode, lambda: teller.over
        )
        stream.headers["X-Turn"] = turn
        return stream


class Teller:
    """Tells one turn in the agent's words.

    Args:
        turn: which.

    Attributes:
        over: whether its end was told.
    """

    def __init__(self, turn: str) -> None:
        self.over = False
        self._turn = turn
        self._cursor = ""

    def encode(self, frames: Sequence[Frame]) -> bytes:
        """Return what of these frames is about the turn."""
        return b"".join([one for frame in frames for one in self._told(frame)])

    def _told(self, frame: Frame) -> Sequence[bytes]:
        self._cursor = cursor = frame.cursor or self._cursor
        if self.over:
            return ()
        match frame.model:
            case Snapshot(turns=turns):
                mine = (one for one in turns if one.id == self._turn)
                return [part for turn in mine for part in self._so_far(turn, cursor)]
            case Turn(id=self._turn) as turn:
                return self._end(turn, cursor)
        if frame.event is None or frame.event.turn != self._turn:
            return ()
        return _live(frame.event, cursor)

    def _so_far(self, turn: Turn, cursor: str) -> Sequence[bytes]:
        """Tell what a turn has come to, where its single events are gone."""
        told: list[bytes] = []
        for step in turn.steps:
            begun = AgentThinking(turn=turn.id, step=step.step, text="", begins=True)
            told.append(_event("thinking", begun, cursor))
            for text, private in ((step.thinking, True), (step.text, False)):
                if text:
                    thought = AgentThinking(
                        turn=turn.id, step=step.step, text=text, private=private
                    )
                    told.append(_event("thinking", thought, cursor))
            for call in step.calls:
                called = Called(
                    turn=turn.id,
                    step=step.step,
                    call_id=call.call_id,
                    tool=call.tool,
                    tier=call.tier,
                    arguments=call.arguments,
                )
                told.append(_event("tool_call", called, cursor))
                if call.state == "running" and call.content:
                    printed = Printed(
                        turn=turn.id,
                        step=step.step,
                        call_id=call.call_id,
                        text=call.content,
                        size=len(call.content),
                    )
                    told.append(_event(printed.type, printed, cursor))
                if call.state != "running":
                    observed = ObservedLive(
                        turn=turn.id,
                        step=step.step,
                        call_id=call.call_id,
                        tool=call.tool,
                        ok=call.state == "done",
                        state=call.state,
                        content=call.content,
                        elapsed_ms=call.elapsed_ms,
                    )
                    told.append(_event("observation", observed, cursor))
        return [*told, *(self._end(turn, cursor) if turn.state == "done" else ())]

    def _end(self, turn: Turn, cursor: str) -> Sequence[bytes]:
        self.over = True
        answer = turn.answer
        assert answer is not None, "a turn that is over has an answer"
        if answer.outcome == "failed":
            error = AgentError(turn=turn.id, outcome=answer.outcome, text=answer.text)
            return [_event("error", error, cursor)]
        final = AgentAnswer(
            turn=turn.id, outcome=answer.outcome, text=answer.text, usage=turn.usage
        )
        return [_event("final_answer", final, cursor)]


def _live(event: LiveEvent, cursor: str) -> Sequence[bytes]:
    match event:
        case Stepped():
            begun = AgentThinking(turn=event.turn, step=event.step, text="", begins=True)
            return [_event("thinking", begun, cursor)]
        case Token():
            thought = AgentThinking(
                turn=event.turn, step=event.step, text=event.text, private=event.thinking
            )
            return [_event("thinking", thought, cursor)]
        case Called() | Printed() | ObservedLive():
            return [_event(event.type, event, cursor)]
        case _:
            return ()


def _event(name: str, data: BaseModel, cursor: str) -> bytes:
    head = f"id: {cursor}\nevent: {name}\ndata: "
    return head.encode() + data.model_dump_json().encode() + b"\n\n"
