"""The pipeline at the web door, for the owner: the map, the dead-letter desk, one message's way."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Protocol

import structlog
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from ops.flow.acts import Acts
from ops.flow.service import Flow
from ops.flow.spent import Today
from ops.flow.way import SHOWN, Hop, kin, way
from ops.slice import House
from processors.pipeline import ELSEWHERE, STAGES
from schemas.base import now_ms
from schemas.desk import DeadLetter
from schemas.errors import Forbidden, NotFound
from schemas.flow import (
    Asking,
    AskingsView,
    FlowView,
    LettersView,
    LetterView,
    SpentView,
    TraceView,
)
from schemas.record import Entry, Thought
from streams.census import Census
from web.app import Endpoint
from web.auth import caller
from web.http import answer
from web.talk import identifier

log = structlog.get_logger("flow")

CONNECTIONS = 4
MOST_LETTERS = 200
MOST_MESSAGES = 50
Show = Callable[[Request], Awaitable[BaseModel]]


class Written(Protocol):
    """The written history; see ops/journal/pages.py."""

    async def hops(self, turn: str) -> Sequence[Hop]:
        """Return what was put on the topics for a turn, oldest first."""
        ...

    async def asked(self, limit: int) -> Sequence[Asking]:
        """Return the last questions, newest first."""
        ...

    async def facts(self, turn: str) -> Sequence[Entry]:
        """Return a turn's record."""
        ...

    async def thoughts(self, after: int, since: int, limit: int) -> Sequence[tuple[int, Thought]]:
        """Return what models did, with the rows it stands in, oldest first."""
        ...

    async def close(self) -> None:
        """Let go of it."""
        ...


class Flowing:
    """The endpoints of the pipeline.

    Args:
        house: what every slice is handed.
        journal: opens the written history.
        login: returns the token of the login that a request came with.
        messengers: whether one of them is to be on.
    """

    def __init__(
        self,
        house: House,
        journal: Callable[[], Written],
        login: Callable[[Request], str],
        messengers: Callable[[], bool],
    ) -> None:
        self._redis = house.runtime.beside("durable", CONNECTIONS)
        self._census = Census(self._redis)
        theirs = {stage.name for stage in ELSEWHERE}
        self._flow = Flow(
            house.runtime,
            (*STAGES, *ELSEWHERE),
            self._census,
            wanted=lambda stage: stage not in theirs or messengers(),
        )
        self._today = Today()
        self._open = journal
        self._journal: Written | None = None
        acts = Acts(house.settings.root, house.site, login)
        path = "/api/flow"
        self.endpoints: Sequence[Endpoint] = (
            self._shows(path, self.now, FlowView),
            self._shows(f"{path}/spent", self.spent, SpentView),
            self._shows(f"{path}/letters", self.letters, LettersView),
            self._shows(f"{path}/messages", self.messages, AskingsView),
            self._shows(f"{path}/messages/{{turn}}", self.trace, TraceView),
            *acts.endpoints,
        )
        self._running = asyncio.create_task(self._flow.run(), name="flow")

    async def close(self) -> None:
        """Let go of everything."""
        self._running.cancel()
        with suppress(asyncio.CancelledError):
            await self._running
        if self._journal is not None:
            await self._journal.close()
        await self._redis.aclose()

    async def now(self, _request: Request) -> FlowView:
        """Say how the pipeline is: its stages, what waits, what went wrong."""
        return await self._flow.now()

    async def letters(self, _request: Request) -> LettersView:
        """Show what lies at the dead-letter desk, newest first."""
        total, found = await self._census.letters(MOST_LETTERS)
        return LettersView(
            letters=tuple(shown(entry, letter) for entry, letter in found), total=total
        )

    async def messages(self, _request: Request) -> AskingsView:
        """Name the last messages that came in, newest first."""
        return AskingsView(messages=tuple(await self._written().asked(MOST_MESSAGES)))

    async def trace(self, request: Request) -> TraceView:
        """Show the way of one message: what was put on which topic, and when."""
        turn = identifier(request.path_params["turn"], "A turn's name")
        found = await self._written().hops(turn)
        if not found:
            raise NotFound("Nothing is written of this message, or not yet.")
        record = await self._written().facts(turn)
        parent, tasks = kin(record)
        return TraceView(turn=turn, hops=way(found, record), parent=parent, tasks=tasks)

    async def spent(self, _request: Request) -> SpentView:
        """Say what thinking took today, model by model."""
        return await self._today.read(self._written(), now_ms())

    def _written(self) -> Written:
        # Opened when somebody first asks: a database library takes memory.
        self._journal = self._journal or self._open()
        return self._journal

    def _shows(self, path: str, show: Show, gives: type[BaseModel]) -> Endpoint:
        async def call(request: Request) -> Response:
            if caller(request).role != "owner":
                raise Forbidden("The pipeline shows what everybody asked: it is for the owner.")
            return answer(await show(request))

        call.__doc__ = show.__doc__
        return Endpoint("GET", path, call, "read", gives=gives)


def shown(entry: str, letter: DeadLetter) -> LetterView:
    """Return a letter as it is shown."""
    original = base64.b64decode(letter.original).decode("utf-8", "backslashreplace")
    return LetterView(
        entry=entry,
        id=letter.id,
        at=letter.at,
        stage=letter.stage,
        source=letter.source,
        code=letter.code,
        error=letter.error,
        text=letter.text,
        tries=len(letter.attempts) or 1,
        turn=letter.turn,
        session=letter.session,
        original=original[:SHOWN],
        size=letter.size,
        stack=letter.stack,
    )
