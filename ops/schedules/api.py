"""Schedules at the web door, and the clock beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response

from gateways.channels.board import Board
from gateways.machines.alarm import Alarm
from ops import logs
from ops.keyring import gateway
from ops.slice import Announces, House
from processors.clock.book import Book, ended, runs_of
from processors.clock.clock import Clock
from processors.clock.saying import CLOCK
from schemas.errors import Forbidden, Transient
from schemas.events import LastView
from schemas.schedules import (
    ScheduleChange,
    ScheduleForm,
    SchedulesView,
    ScheduleView,
)
from streams.accept import Ingress
from streams.schedules import Changes, Schedules
from web.app import Endpoint
from web.auth import Caller, caller
from web.http import answer, nothing, read

log = logs.logger("clock")

CONNECTIONS = 4
"""To the durable Redis: one hears of changes, the others ask."""
SMALL = 64 << 10
"""Bytes; nothing that is said here is longer."""


class History(Protocol):
    """The written history; see ops/journal/pages.py."""

    async def ended(self, fired: Sequence[Any]) -> Mapping[str, LastView]:
        """Return how what was begun ended, by its name.

        Raises:
            Transient: it cannot be read now.
        """
        ...

    async def close(self) -> None:
        """Let go of it."""
        ...


class Scheduling:
    """The schedules, for the owner; and what has them run, for as long as the server does.

    Args:
        house: what every slice is handed.
        board: where a person is told.
        journal: opens the written history.
        announce: lets everybody hear of a change.
    """

    def __init__(
        self, house: House, board: Board, journal: Callable[[], Any], announce: Announces
    ) -> None:
        self._redis = house.runtime.beside("durable", CONNECTIONS)
        schedules, changes = Schedules.on(self._redis), Changes(self._redis)
        self._book, self._announce = Book(schedules), announce
        self._open = journal
        self._journal: History | None = None
        settings, broken = house.settings, house.runtime.broken
        door = Ingress(self._redis, gateway(settings, CLOCK), settings.streams)
        clock = Clock(schedules, door, board, Alarm(), changes.heard)
        self._running = [
            asyncio.create_task(changes.listen(), name="schedules"),
            asyncio.create_task(clock.run(), name=CLOCK),
        ]
        for task in self._running:
            task.add_done_callback(lambda one: _ended(one, broken))
        path = "/api/schedules"
        one = f"{path}/{{name}}"
        self.endpoints: Sequence[Endpoint] = (
            Endpoint("GET", path, self.all, "login", gives=SchedulesView),
            Endpoint(
                "POST", path, self.add, "login", ScheduleForm, ScheduleView, 201, body=SMALL
            ),
            Endpoint("GET", one, self.shown, "login", gives=ScheduleView),
            Endpoint("PATCH", one, self.change, "login", ScheduleChange, ScheduleView, body=SMALL),
            Endpoint("DELETE", one, self.remove, "login", status=204),
            Endpoint("POST", f"{one}/run", self.run, "login", gives=ScheduleView, status=202),
        )  # fmt: skip

    async def close(self) -> None:
        """Let go of what it opened; nothing runs by itself any more."""
        for task in self._running:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        if self._journal is not None:
            await self._journal.close()
        await self._redis.aclose()

    async def all(self, request: Request) -> Response:
        """List the schedules: when each is next, and how its last run ended."""
        _owner(request)
        views = await self._book.all()
        last, written = await self._last(views)
        shown = tuple(ended(one, last) for one in views)
        return answer(SchedulesView(schedules=shown, written=written))

    async def shown(self, request: Request) -> Response:
        """Show one schedule."""
        _owner(request)
        view = await self._book.view(await self._book.find(_name(request)))
        last, _ = await self._last([view])
        return answer(ended(view, last))

    async def add(self, request: Request) -> Response:
        """Make a schedule: what is asked, as if you typed it, at which times."""
        who = _owner(request)
        view = await self._book.add(await read(request, ScheduleForm), who.person)
        await self._announce("schedule.changed", {"schedule": view.name, "made": True}, who)
        return answer(view, 201)

    async def change(self, request: Request) -> Response:
        """Change a schedule, pause it or let it go on; its times begin anew from now on."""
        who = _owner(request)
        view = await self._book.change(_name(request), await read(request, ScheduleChange))
        about = {"schedule": view.name, "state": view.state}
        await self._announce("schedule.changed", about, who)
        return answer(view)

    async def remove(self, request: Request) -> Response:
        """Forget a schedule; what its runs said stays."""
        who = _owner(request)
        gone = await self._book.remove(_name(request))
        await self._announce("schedule.changed", {"schedule": gone.name, "removed": True}, who)
        return nothing()

    async def run(self, request: Request) -> Response:
        """Have a schedule run now, also one that was missed."""
        _owner(request)
        return answer(await self._book.run(_name(request)), 202)

    async def _last(self, views: list[ScheduleView]) -> tuple[Mapping[str, LastView], bool]:
        # Opened when somebody first asks: a database library takes memory.
        self._journal = self._journal or self._open()
        try:
            return await self._journal.ended(runs_of(views)), True
        except Transient:
            return {}, False


def _owner(request: Request) -> Caller:
    who = caller(request)
    if who.role != "owner":
        raise Forbidden("The schedules of this server are the owner's.")
    return who


def _name(request: Request) -> str:
    return str(request.path_params["name"])


def _ended(task: asyncio.Task[None], broken: asyncio.Event) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("clock.broken", task=task.get_name(), exc_info=error)
        broken.set()
