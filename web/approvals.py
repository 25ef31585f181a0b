"""Approvals at the web door: what waits for somebody's yes, and saying it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from processors.control import SAYS
from schemas.approvals import ApprovalView, written
from schemas.errors import Conflict, Forbidden, Invalid, NotFound, Transient
from schemas.tools import Tier
from schemas.web import ApprovalCard, ApprovalsShown, DecidedShown, Decision, GrantsShown
from streams.approvals import Requests
from web.app import Endpoint
from web.auth import Caller, caller
from web.guard import Site
from web.http import answer, read
from web.shelves import Open
from web.talk import Talk, identifier

SECONDS = 10.0
"""How long a decision may take to be heard."""
LOOK = 0.02
"""Seconds between two looks at what came of it; Redis has no event for us."""

PAGE = 30
"""Requests that are over, in one answer."""
BEFORE = {"before": "The `next` of the page before."}

StepUp = Callable[[Caller, str, str], Awaitable[None]]
"""Uses up a fresh code of somebody's authenticator app; takes who, the code, their address."""


class WrongCard(Forbidden):
    """What was sent is not what the card or another place shows."""

    code = "wrong_code"


class StepUpNeeded(Forbidden):
    """This needs a code of the authenticator app, or one that another place shows."""

    code = "step_up"


class NotLasting(Forbidden):
    """A yes to this counts once."""

    code = "once"


class Undecided(Transient):
    """Nobody said in time what came of a decision."""

    code = "undecided"


class Approvals:
    """The endpoints of whoever decides in a browser. A program's key decides nothing.

    Args:
        talk: the way into the pipeline.
        requests: the durable side.
        step_up: checks a second factor.
        site: under which names we are reached.
        shelves: what is written down.
    """

    def __init__(
        self, talk: Talk, requests: Requests, step_up: StepUp, site: Site, shelves: Open
    ) -> None:
        self._talk, self._requests, self._step_up, self._site = talk, requests, step_up, site
        self._shelves = shelves
        path = "/api/approvals"
        self.endpoints = (
            Endpoint("GET", path, self.pending, "login", gives=ApprovalsShown),
            Endpoint(
                "POST", f"{path}/{{id}}", self.decide, "login", takes=Decision, gives=ApprovalView,
                body=16 << 10,
            ),
            Endpoint(
                "GET", f"{path}/decided", self.decided, "login", gives=DecidedShown, query=BEFORE
            ),
            Endpoint("GET", "/api/grants", self.grants, "login", gives=GrantsShown),
            Endpoint("DELETE", "/api/grants/{id}", self.revoke_grant, "login", status=204),
        )  # fmt: skip

    async def pending(self, request: Request) -> Response:
        """List what waits for the caller's decision, the oldest first, with this door's cards."""
        found = []
        for one in await self._requests.pending(caller(request).person):
            card = await self._requests.card(one.id)
            if card is not None:
                found.append(ApprovalCard(**dict(one), token=card[0], code=card[1]))
        return answer(ApprovalsShown(approvals=tuple(found)))

    async def decide(self, request: Request) -> Response:
        """Decide; the answer says what became of it, once that is durable."""
        name = identifier(request.path_params["id"], "An approval's id")
        form, who = await read(request, Decision), caller(request)
        view = await self._requests.get(name, who.person)
        if view is None:
            raise NotFound("There is no such request.")
        if view.state == "pending":
            second = False
            strict = view.tier >= Tier.RED or form.always
            if form.totp is not None and form.verdict == "approved" and strict:
                await self._step_up(who, form.totp, self._site.client(request))
                second = True
            code = written(form.code) if form.code else None
            control = await self._talk.press(
                who, name, form.verdict, token=form.token, code=code, second=second,
                always=form.always,
            )  # fmt: skip
            view = await self._heard(name, who.person, control)
        if view.state != form.verdict:
            by = f" by {view.by}" if view.by else ""
            raise Conflict(f"This is {view.state} already{by}.")
        return answer(view)

    async def decided(self, request: Request) -> Response:
        """List what the caller could decide and is over, the newest first, as it is written down.

        A page may hold fewer than others, because not all that was asked was theirs to decide.
        """
        given = request.query_params.get("before")
        if given is not None and not (given.isascii() and given.isdigit() and len(given) < 16):
            raise Invalid("`before` is the `next` of the page before.")
        journal = (await self._shelves()).journal
        before = int(given) if given is not None else None
        found, rest = await journal.decided(caller(request).person, before, PAGE)
        return answer(DecidedShown(approvals=tuple(found), next=str(rest) if rest else None))

    async def grants(self, request: Request) -> Response:
        """List the lasting yeses that the caller may take back, the newest first."""
        found = await self._requests.grants(caller(request).person)
        return answer(GrantsShown(grants=tuple(found)))

    async def revoke_grant(self, request: Request) -> Response:
        """Take back a lasting yes; when this answers, the next such call asks again."""
        name, who = identifier(request.path_params["id"], "A grant's id"), caller(request)
        if await self._requests.grant(name, who.person) is None:
            raise NotFound("There is no such lasting yes.")
        await self._talk.revoke(who, name)
        until = time.monotonic() + SECONDS
        while await self._requests.grant(name, who.person) is not None:
            if time.monotonic() > until:
                raise Undecided("Nobody said in time what came of it.", retry_after=2)
            await asyncio.sleep(LOOK)
        return Response(status_code=204)

    async def _heard(self, name: str, person: str, control: str) -> ApprovalView:
        """Wait until a decision was heard, and return what the request is then."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            view, said = await self._requests.after(name, person, control)
            if view is None:
                raise NotFound("There is no such request any more.")
            if view.state != "pending":
                return view
            if said == "WRONG":
                raise WrongCard("This does not fit.")
            if said == "STEP_UP":
                raise StepUpNeeded("This needs a code of your app, or one of another place.")
            if said in {"ONCE", "ELSEWHERE", "MANY"}:
                raise NotLasting(SAYS[said.lower()])
            await asyncio.sleep(LOOK)
        raise Undecided("Nobody said in time what came of it.", retry_after=2)
