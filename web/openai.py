"""The door that speaks OpenAI's chat completions, through the same pipeline as everything else.

It is stateless, as that protocol is: the messages of a request are the conversation. The last one
is the question of a turn, those before it travel with it as its context, and the turn has a
conversation of its own that nobody comes back to. The tools are this server's own, and their
results are not shown here; what the model says before it calls one is part of the answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import wraps

from starlette.requests import Request
from starlette.responses import Response

from processors.agent.mind import Mind
from schemas.chat import Spoken
from schemas.errors import Expected, NotFound, Refused, Transient
from schemas.openai import Completed, Completion, Line, ModelCard, ModelCards
from schemas.web import Receipt
from web.app import Endpoint
from web.auth import Caller, caller
from web.completions import Chunks, completed, in_their_words
from web.ending import ended
from web.http import answer, read
from web.hub import Hub
from web.outlet import Outlet
from web.sse import EventStream
from web.talk import Talk, key_of
from web.watch import Watch

Handler = Callable[[Request], Awaitable[Response]]


class Unsupported(Refused):
    """What would change the form of the answer, and is not done here."""

    code = "unsupported"


def _refusing(handler: Handler) -> Handler:
    """Say what is wrong in the words of that protocol."""

    @wraps(handler)
    async def handle(request: Request) -> Response:
        try:
            return await handler(request)
        except Expected as error:
            return in_their_words(error)

    return handle


class OpenAI:
    """The endpoints of the door.

    Args:
        talk: the way into the pipeline.
        hub: the way back.
        mind: which tiers there are.
    """

    def __init__(self, talk: Talk, hub: Hub, mind: Mind) -> None:
        self._talk = talk
        self._hub = hub
        self._mind = mind
        complete = _refusing(self.complete)
        self.endpoints = (
            Endpoint(
                "POST",
                "/v1/chat/completions",
                complete,
                "chat",
                takes=Completion,
                gives=Completed,
                streams=True,
                once=True,
                foreign=True,
            ),
            Endpoint("GET", "/v1/models", self.models, "chat", gives=ModelCards, foreign=True),
        )

    async def models(self, _: Request) -> Response:
        """List what `model` can be: the tiers of this server."""
        return answer(ModelCards(data=tuple(ModelCard(id=tier) for tier in self._mind.tiers)))

    async def complete(self, request: Request) -> Response:
        """Answer a conversation that the caller keeps, at once or as a stream.

        `model` is a tier. `tools`, `temperature` and the like are ignored, because tools and
        models are this server's own; what would change the form of the answer is refused.
        """
        asked, who = await read(request, Completion), caller(request)
        if asked.model not in self._mind.tiers:
            raise NotFound(f"There is no model {asked.model}; /v1/models lists them.")
        check(asked)
        *before, last = asked.messages
        receipt = await self._talk.say(
            who,
            last.text,
            key_of(request),
            tier=asked.model,
            context=tuple(map(_spoken, before)),
            passing=True,
        )
        outlet = Outlet()
        watch = await self._hub.watch(receipt.session, outlet)
        if not asked.stream:
            turn = None
            try:
                turn = await ended(request, outlet, receipt.turn)
            finally:
                self._ended(who, receipt, watch, over=turn is not None)
            return answer(completed(turn, receipt, asked.model)) if turn else _to_nobody()
        chunks = Chunks(receipt, asked.model, usage=asked.wants_usage)
        return EventStream(
            outlet,
            lambda: self._ended(who, receipt, watch, over=chunks.over),
            chunks.encode,
            lambda: chunks.over,
            hello=b"",  # these clients take a wish to retry for an event
        )

    def _ended(self, who: Caller, receipt: Receipt, watch: Watch, *, over: bool) -> None:
        """Whoever asked has the answer, or has gone: then nobody will read it."""
        self._hub.leave(watch)
        if not over:
            self._hub.spawn(self._stop(who, receipt.session))

    async def _stop(self, who: Caller, session: str) -> None:
        with suppress(Transient):  # it goes on to its end then; its limits hold
            await self._talk.halt(who, session)


def _to_nobody() -> Response:
    return Response(status_code=499)


def check(asked: Completion) -> None:
    """Make sure that the request can be answered as it is meant.

    Raises:
        Unsupported: it cannot; the sentence says why.
    """
    last = asked.messages[-1]
    if last.role != "user" or not last.text:
        raise Unsupported("The last message must be a user's, with a text.")
    if any(line.role in {"tool", "function"} for line in asked.messages):
        raise Unsupported("This server runs tools of its own; leave out messages of the role tool.")
    if asked.tool_choice not in (None, "auto", "none"):
        raise Unsupported("This server runs tools of its own; it cannot be made to call one.")
    if (asked.n or 1) != 1:
        raise Unsupported("There is one answer; leave out n.")
    if asked.logprobs:
        raise Unsupported("There are no logprobs here.")
    if (asked.response_format or {}).get("type", "text") != "text":
        raise Unsupported("The answer is text; leave out response_format.")
    for line in asked.messages:
        if not isinstance(line.content, str) and any(p.text is None for p in line.content or ()):
            raise Unsupported("Only text is read here; send files with /api/attachments.")


def _spoken(line: Line) -> Spoken:
    return Spoken(who="model" if line.role == "assistant" else "person", text=line.text)
