"""The desktop at the web door: notices and who has seen them, and how somebody laid it out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import suppress

import structlog
from starlette.requests import Request
from starlette.responses import Response

from ops.desktop.notices import Notices, Shelf
from ops.desktop.sources import Sources
from ops.slice import House
from processors.agent.mind import Mind
from processors.agent.people import OWNER
from processors.agent.turns import Limits
from schemas.desktop import Layout, LayoutKept
from schemas.errors import Invalid, Transient
from schemas.notices import NoticesLive, NoticesView, Seen
from streams.approvals import Requests
from streams.census import Census
from streams.pressure import Pressure
from streams.spending import Spending
from web.app import Endpoint
from web.auth import Caller, caller
from web.http import answer, nothing, read

log = structlog.get_logger("desktop")

CONNECTIONS = 4
PAGE = 50
LAYOUT_BYTES = 32 << 10
"""Bytes of a layout; one with every app open takes three thousand."""
SEEN_BYTES = 32 << 10


class Desktop:
    """The endpoints of the desktop.

    Args:
        house: what every slice is handed.
        answered: says whether anything that a person asked was answered.

    Attributes:
        notices: where anybody tells something.
    """

    def __init__(self, house: House, answered: Callable[[str], Awaitable[bool]]) -> None:
        runtime = house.runtime
        self._answered = answered
        self._shelf = Shelf(house.settings)
        self.notices = Notices(self._shelf)
        self._redis = runtime.beside("durable", CONNECTIONS)
        self._sources = Sources(
            self.notices,
            requests=Requests(self._redis, "web"),
            census=Census(self._redis),
            pressure=Pressure(self._redis),
            mind=runtime.resource(Mind),
            limits=runtime.resource(Limits),
            spent=Spending.on(self._redis, "none", OWNER).read,
        )
        self.endpoints: Sequence[Endpoint] = (
            Endpoint(
                "GET", "/api/notices", self.page, "read", gives=NoticesView,
                query={"before": "The `next` of the page before."},
            ),
            Endpoint(
                "POST", "/api/notices/seen", self.seen, "login", takes=Seen, status=204,
                body=SEEN_BYTES,
            ),
            Endpoint("GET", "/api/desktop", self.layout, "login", gives=LayoutKept),
            Endpoint(
                "PUT", "/api/desktop", self.lay_out, "login", takes=Layout, gives=LayoutKept,
                body=LAYOUT_BYTES,
            ),
        )  # fmt: skip
        self._looking = asyncio.create_task(self._sources.run(), name="notices")
        self._looking.add_done_callback(lambda task: _ended(task, runtime.broken))

    async def close(self) -> None:
        """Let go of everything."""
        self._looking.cancel()
        with suppress(asyncio.CancelledError):
            await self._looking
        await self._redis.aclose()
        await self._shelf.close()

    async def page(self, request: Request) -> Response:
        """List what the caller was told, the last first; the owner sees what is the server's."""
        before = _place(request.query_params.get("before", ""))
        return answer(await self.notices.page(_people(caller(request)), before, PAGE))

    async def seen(self, request: Request) -> Response:
        """Note that the caller has seen some notices; in one browser is in all of them."""
        form, who = await read(request, Seen), caller(request)
        await self.notices.see(_people(who), form.ids, who.name)
        return nothing()

    def follow(self, who: Caller) -> AsyncGenerator[NoticesLive]:
        """Tell somebody's notices as they come."""
        return self.notices.follow(_people(who))

    async def layout(self, request: Request) -> Response:
        """Return how the caller laid out their desktop.

        Whoever was answered has come to the setup's end, whichever of its pages they left out.
        """
        person = caller(request).person
        kept = await (await self._shelf.layouts()).get(person)
        if kept.setup not in (None, "done"):
            with suppress(Transient):  # then it is offered once more
                if await self._answered(person):
                    kept = kept.model_copy(update={"setup": "done"})
        return answer(kept)

    async def lay_out(self, request: Request) -> Response:
        """Keep how the caller laid out their desktop; what is left out stays as it was."""
        form = await read(request, Layout)
        return answer(await (await self._shelf.layouts()).put(caller(request).person, form))


def _people(who: Caller) -> tuple[str, ...]:
    return ("", who.person) if who.role == "owner" else (who.person,)


def _place(before: str) -> tuple[int, str] | None:
    at, dash, name = before.partition("-")
    if not before:
        return None
    if not (dash and at.isascii() and at.isdigit() and len(at) <= 16 and 0 < len(name) <= 64):
        raise Invalid("`before` is the `next` of another page.")
    return int(at), name


def _ended(task: asyncio.Task[None], broken: asyncio.Event) -> None:
    """A bug ended it: only a new process helps."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("notices.broken", exc_info=error)
        broken.set()
