"""What the page may have done: letters of the desk sent again, corrected, dropped; turns replayed.

The process of the web door has no right to the desk, and gets none: it hands the order, with the
login it came with and the second factor, to a process that asks for itself who this is, and has the
role `desk` only then (`ops/desk.py`). A compromised web process can so send nothing again that no
owner ordered at that moment.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import orjson
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from ops.flow.apart import Apart, Ended
from schemas.errors import Expected, Forbidden, Refused, Transient
from schemas.flow import DeskAnswer, DeskForm, DeskOrder, ReplayView
from web.app import Endpoint
from web.auth import caller
from web.guard import Site
from web.http import answer, read
from web.talk import identifier

SECONDS = 60.0
BODY = 1 << 19
"""Bytes of an order: a corrected message has at most half of them."""
NEXUS = ("-c", "from ops.cli import app; app()")
"""What the command `nexus` is."""
SAME, DIFFERENT = 0, 1
"""How `nexus replay` ends when it could compare."""


class Broken(Transient):
    """The process did not do what it should."""

    code = "apart"


class Acts:
    """The endpoints.

    Args:
        root: the state folder.
        site: under which names the server is reached.
        login: returns the token of the login that a request came with.
    """

    def __init__(self, root: Path, site: Site, login: Callable[[Request], str]) -> None:
        self._root, self._site, self._login = root, site, login
        self._desk, self._replays = Apart(SECONDS), Apart(SECONDS)
        self.endpoints = (
            Endpoint(
                "POST", "/api/flow/letters", self.letters, "login",
                takes=DeskForm, gives=DeskAnswer, body=BODY,
            ),
            Endpoint(
                "POST", "/api/flow/messages/{turn}/replay", self.replay, "login", gives=ReplayView
            ),
        )  # fmt: skip

    async def letters(self, request: Request) -> Response:
        """Send letters of the desk again, correct one, drop some: with a code or the password."""
        _owner(request)
        form = await read(request, DeskForm)
        order = DeskOrder(
            form=form,
            token=self._login(request),
            csrf=request.headers.get("x-csrf-token", ""),
            address=self._site.client(request),
        )
        words = ("-m", "ops.desk", f"--root={self._root}")
        done = await self._desk.run(words, order.model_dump_json().encode())
        try:
            told = DeskAnswer.model_validate_json(done.said)
        except ValidationError:
            raise _broken(done) from None
        if told.error:
            raise refusal(told)
        return answer(told)

    async def replay(self, request: Request) -> Response:
        """Run a turn again with what its models said and its tools brought back then."""
        _owner(request)
        turn = identifier(request.path_params["turn"], "A turn's name")
        words = (*NEXUS, "replay", "--json", "--root", str(self._root), "--", turn)
        done = await self._replays.run(words)
        if done.status not in {SAME, DIFFERENT} or not done.said:
            raise Refused(done.complaint.splitlines()[-1] if done.complaint else "It did not run.")
        try:
            return answer(ReplayView.model_validate(orjson.loads(done.said)))
        except (orjson.JSONDecodeError, ValidationError):
            raise _broken(done) from None


def _owner(request: Request) -> None:
    if caller(request).role != "owner":
        raise Forbidden("The desk and the past turns of everybody are for the owner.")


def _broken(done: Ended) -> Broken:
    return Broken(f"It ended with status {done.status}: {done.complaint[-300:]}", retry_after=5)


def refusal(told: DeskAnswer) -> Expected:
    """Return what the other process refused with, as it said it."""
    error: Expected = Refused(told.error)
    # Of this one error, not of its class.
    vars(error).update(code=told.code, status=told.status)
    return error
