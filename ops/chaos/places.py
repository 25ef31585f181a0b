"""Where people decide in a run of chaos: in a browser, at the terminal, on a channel."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Protocol

from gateways.channels.base import Heard, Pressed
from gateways.channels.door import Door
from ops.addresses import url
from ops.chaos import wired
from ops.chaos.consent import Means
from ops.chaos.phone import Phone, set_up
from ops.chaos.system import System
from ops.chaos.visitor import Refused, Visitor, signed_in
from ops.keyring import gateway
from schemas.approvals import ApprovalView, Verdict
from schemas.base import new_id
from schemas.chat import Control
from streams.approvals import Requests
from streams.line import Line
from streams.terminal import Terminal

WRONG = "wrong"
"""What no card carries."""
GONE = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT})
"""How the door answers a press that it understood and that does not count."""


class Unheard(Exception):
    """Nobody knows whether a press was heard, or it could not be made now."""


class Place(Protocol):
    """One place where somebody looks at cards and presses."""

    async def press(
        self, request: ApprovalView, verdict: Verdict, means: Means, *, name: str = ""
    ) -> None:
        """Press on a card.

        Args:
            request: of which question.
            verdict: which button.
            means: what the press carries.
            name: its id; with the one of an earlier press it is that press, heard again.

        Raises:
            Unheard, OSError, Transient: it may not have been heard.
        """
        ...


class Web:
    """In a browser, by the door's own API.

    Args:
        one: the system.
    """

    def __init__(self, one: System) -> None:
        self._one = one
        self._headers: Mapping[str, str] = {}
        self._phone: Phone | None = None

    async def open(self) -> None:
        """Sign in as the owner, who has an authenticator app from now on."""
        visitor = await signed_in(self._one.settings)
        self._headers = visitor.headers
        try:
            self._phone = await set_up(visitor)
        finally:
            await visitor.close()

    def _fresh(self) -> str:
        code = self._phone.code() if self._phone is not None else None
        if code is None:
            raise Unheard("The app shows no new code yet.")
        return code

    async def press(
        self, request: ApprovalView, verdict: Verdict, means: Means, *, name: str = ""
    ) -> None:
        """Press on a card."""
        more = {}
        if means == "elsewhere":
            more["code"] = await _code(self._one, "terminal", request)
        elif means == "app":
            more["totp"] = self._fresh()
        try:
            if not self._headers:
                code = self._fresh() if self._phone is not None else None
                self._headers = (await signed_in(self._one.settings, code)).headers
            visitor = Visitor(self._one.settings.http.port, self._headers)
            try:
                shown = await visitor.ask("GET", "/api/approvals")
                token = next(
                    (one["token"] for one in shown["approvals"] if one["id"] == request.id), "gone"
                )
                form = {"verdict": verdict, "token": WRONG if means == "wrong" else token}
                path = f"/api/approvals/{request.id}"
                await visitor.ask("POST", path, {**form, **more})
            finally:
                await visitor.close()
        except Refused as refused:
            if refused.status == HTTPStatus.UNAUTHORIZED:
                self._headers = {}
            if refused.status not in GONE:
                raise Unheard(str(refused)) from None


class AtTerminal:
    """At the terminal, as `nexus approvals` does it.

    Args:
        one: the system.
    """

    def __init__(self, one: System) -> None:
        self._one = one

    async def press(
        self, request: ApprovalView, verdict: Verdict, means: Means, *, name: str = ""
    ) -> None:
        """Press on a card."""
        here = self._one.settings
        durable = Line(url(here, "durable", "terminal"))
        live = Line(url(here, "live", "terminal"))
        terminal = Terminal(durable, live, gateway(here, "terminal"), here.streams)
        try:
            card = await terminal.card(request.id)
            token = card[0] if card is not None else "gone"
            code = await _code(self._one, "web", request) if means == "elsewhere" else None
            name = name or new_id()
            control = Control(
                id=name, trace=name, session=f"once-{name}", person="owner", channel="terminal",
                chat="terminal", action="decide", approval=request.id, verdict=verdict,
                token=WRONG if means == "wrong" else token, code=code,
            )  # fmt: skip
            await terminal.accept(control)
        finally:
            await terminal.close()


class OnChannel:
    """On the channel: a button of the card that it showed, or a keyword with a code.

    Args:
        one: the system.
    """

    def __init__(self, one: System) -> None:
        self._one = one
        people = {wired.OWNER: "owner"}
        self._door = Door(wired.NAME, wired.ingress(one.settings), people.get)

    async def press(
        self, request: ApprovalView, verdict: Verdict, means: Means, *, name: str = ""
    ) -> None:
        """Press a button, or type."""
        name, who, chat = name or new_id(), wired.OWNER, request.session
        card = wired.card(self._one.root, request.id)
        if means in {"code", "elsewhere"}:
            own = card["code"] if card is not None and means == "code" else None
            code = own or await _code(self._one, "web", request)
            word = "APPROVE" if verdict == "approved" else "DENY"
            await self._door.receive(Heard(name, who, chat, f"{word} {code}"))
            return
        if card is None and means == "token":
            raise Unheard("The card is not shown yet.")
        token = WRONG if card is None or means == "wrong" else card["token"] or "gone"
        await self._door.receive(Pressed(name, who, chat, request.id, verdict, token))


async def _code(one: System, channel: str, request: ApprovalView) -> str:
    """Return the code that a place at home shows; one that is none when it shows none any more."""
    card = await Requests(one.redis, channel).card(request.id)
    return card[1] if card is not None else "BBBBBBBB"
