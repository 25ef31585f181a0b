"""How a person decides at the terminal: what they see, and what their yes carries."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from ops.cli import place
from ops.cli.screen import safe
from ops.keyring import gateway
from ops.meant import hint
from processors.agent.people import OWNER
from processors.tools.output import legible
from schemas.approvals import ApprovalView, Grant, Verdict, written
from schemas.base import new_id
from schemas.chat import Control
from schemas.errors import Conflict, NotFound, Refused
from schemas.feed import Finished
from schemas.tools import Tier
from streams.terminal import Terminal

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ops.settings import Settings

SECONDS = 15.0
"""How long a decision may take to be heard."""
COLORS = {"ORANGE": "yellow", "RED": "red"}


class Unclear(Refused):
    """Nobody said in time what came of the decision."""

    code = "unclear"


class Desk:
    """The requests that the owner may decide here.

    Args:
        terminal: the way to the server.
    """

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    @classmethod
    def of(cls, here: Settings) -> Self:
        """Return the desk of a server."""
        durable, live = (place.line(here, server, "terminal") for server in ("durable", "live"))
        return cls(Terminal(durable, live, gateway(here, "terminal"), here.streams))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._terminal.close()

    async def pending(self) -> list[ApprovalView]:
        """Return what waits, the oldest first."""
        return await self._terminal.pending(OWNER)

    async def find(self, name: str) -> ApprovalView:
        """Return a request by its id, by how that begins, or by the code that is shown here.

        Raises:
            NotFound: there is none.
            Conflict: there are several.
        """
        exact = await self._terminal.approval(name, OWNER)
        if exact is not None:
            return exact
        waiting = await self.pending()
        for one in waiting:
            code = await self.code(one)
            if code and code == written(name):
                return one
        found = [one for one in waiting if name and one.id.startswith(name.lower())]
        if not found:
            raise NotFound(f"There is no request {name}; `nexus approvals` shows what waits.")
        if len(found) > 1:
            raise Conflict(f"{len(found)} requests begin with {name}; use more of the id.")
        return found[0]

    async def code(self, request: ApprovalView) -> str:
        """Return the code that this place shows; "" when it shows none any more."""
        card = await self._terminal.card(request.id)
        return card[1] if card is not None else ""

    async def press(
        self,
        request: ApprovalView,
        verdict: Verdict,
        code: str | None = None,
    ) -> tuple[str, bool]:
        """Decide, and return what is said to that, and whether it counts.

        Args:
            request: what about.
            verdict: yes or no.
            code: as another place shows it.

        Raises:
            Unclear: nobody answered.
        """
        card = await self._terminal.card(request.id)
        text = await self._say(
            action="decide",
            approval=request.id,
            verdict=verdict,
            token=card[0] if card is not None else None,
            code=written(code) if code else None,
        )
        now = await self._terminal.approval(request.id, OWNER)
        state = now.state if now is not None else "void"
        counts = state == verdict
        if text:
            return text, counts
        if state == "pending":
            raise Unclear("Nobody said what came of it; `nexus approvals` shows what waits.")
        return f"It is {state}.", counts

    async def grants(self) -> list[Grant]:
        """Return the lasting yeses that stand, the newest first."""
        return await self._terminal.grants(OWNER)

    async def revoke(self, name: str) -> tuple[str, bool]:
        """Take back a lasting yes, and return what is said to that, and whether it is gone.

        Args:
            name: its id, or how that begins.

        Raises:
            NotFound: there is none.
            Conflict: there are several.
            Unclear: nobody answered.
        """
        found = [one for one in await self.grants() if name and one.id.startswith(name.lower())]
        if not found:
            raise NotFound(f"There is no {name}; `nexus approvals grants` shows what stands.")
        if len(found) > 1:
            raise Conflict(f"{len(found)} of them begin with {name}; use more of the id.")
        text = await self._say(action="revoke", grant=found[0].id)
        gone = all(one.id != found[0].id for one in await self.grants())
        if not text and not gone:
            raise Unclear("Nobody said what came of it; `nexus approvals grants` shows them.")
        return text or "Taken back.", gone

    async def _say(self, **fields: Any) -> str:
        """Return what is said to a message; "" when that was lost with the live feed."""
        name = new_id()
        control = Control(
            id=name,
            trace=name,
            # What is said to it is for this terminal alone.
            session=f"once-{name}",
            person=OWNER,
            channel="terminal",
            chat="terminal",
            **fields,
        )
        cursor = await self._terminal.position(control.session)
        await self._terminal.accept(control)
        return await self._answer(control, cursor)

    async def _answer(self, control: Control, cursor: str) -> str:
        """Return what was said to a decision; "" when that was lost with the live feed."""
        try:
            async with asyncio.timeout(SECONDS):
                return await self._follow(control, cursor)
        except TimeoutError:
            return ""

    async def _follow(self, control: Control, cursor: str) -> str:
        async for event in self._terminal.watch(control.session, [control.id], cursor):
            if isinstance(event, Finished):
                return event.text
        return ""


def picture(request: ApprovalView, code: str = "") -> RenderableType:
    """Return a request as it is shown: nothing in it can be more than text.

    Args:
        request: what is asked.
        code: what another place needs, where it is shown.
    """
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column(overflow="fold")
    for name, value in (
        ("tool", request.tool),
        ("runs", legible(request.command)),
        ("acts on", "\n".join(map(legible, request.targets))),
        ("does", legible(request.affects)),
        ("undo", legible(request.undo) or "none"),
        ("because", "\n".join(map(legible, request.reasons))),
        ("for the task", safe(request.task)),
        ("the model says", safe(request.says)),
        ("code", code),
        ("state", _state(request)),
        ("id", request.id),
    ):
        if value:
            rows.add_row(name, Text(value))
    color = COLORS.get(request.tier.name, "magenta")
    return Panel(rows, title=Text(f"{request.tier.name}: may this run?"), border_style=color)


def _state(request: ApprovalView) -> str:
    if request.state == "pending":
        return "waits for your decision"
    by = f" by {request.by} on {request.channel}" if request.by else ""
    return f"{request.state}{by}"


def waits(request: ApprovalView, name: str) -> str:
    """Return the line that says what is waited for, until when, and what to do about it.

    Args:
        request: what is asked.
        name: the code that is shown here, or the request's id.
    """
    until = f"{datetime.fromtimestamp(request.expires_at / 1000).astimezone():%H:%M:%S}"
    more = " --code CODE (which the page shows)" if needs_code(request) else ""
    return hint(
        f"{request.tool} ({request.tier.name}) waits for your decision until {until}: "
        f"`nexus approvals approve {name}`{more}, or deny; "
        f"`nexus approvals show {request.id}` shows all of it."
    )


def needs_code(request: ApprovalView) -> bool:
    """Whether a yes needs a code of another place."""
    return request.tier >= Tier.RED
