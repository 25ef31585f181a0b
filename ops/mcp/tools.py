"""The tools of foreign servers, under names of their own: each is what the owner made of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from gateways.mcp.forms import form
from ops.foreign_servers import Book
from ops.mcp.line import Line
from ops.settings import Settings
from processors.tools.declare import Tool, Weight
from processors.tools.guests import Form, Guest
from processors.tools.output import visible
from schemas.errors import Refused
from schemas.foreign import Foreigner, Foreigners, Met, MetAll, Offered, Order
from schemas.tools import Tier, ToolResult
from streams.embedded import socket_folder

NAME = re.compile(r"[!-~]{1,91}")
"""What a server may call a tool that can be called here, as `ToolName` has it."""
SHOWN = 900
"""Characters of a description that a model is shown; a provider refuses more than 1,024 in all."""
SECONDS = 150.0
"""How long a call may take; the process that speaks with the servers gives up before."""


class Unclassified(Refused):
    """The owner has not said how dangerous the tool is, as it describes itself now."""

    code = "unclassified"


def target(server: str, name: str) -> str:
    """Return the name that a foreign tool has here."""
    return f"mcp:{server}:{name}"


def lent(settings: Settings) -> Lent:
    """Return the tools, as a server has them."""
    sockets = settings.streams.sockets or socket_folder(settings.root)
    return Lent(Book(settings.root), Line(sockets))


class Lent:
    """All tools of foreign servers, as guests.

    What nobody classified, what describes itself otherwise than it did then, and what its server
    does not offer any more is among them and is BLACK: so a call of it says why it does not run,
    and no model is shown it.

    Args:
        book: what the servers offer and what the owner made of it, as it is at this moment.
        line: the way to the process that speaks with the servers.
    """

    def __init__(self, book: Book, line: Line) -> None:
        self._book, self._line = book, line
        self._of: tuple[Foreigners, MetAll] | None = None
        self._now: Mapping[str, Guest] = {}

    def now(self) -> Mapping[str, Guest]:
        """Return them by their names."""
        owner, met = self._book.owner(), self._book.met()
        if self._of is None or owner is not self._of[0] or met is not self._of[1]:
            self._now = {
                target(server, one.name): self._guest(server, one)
                for server, foreigner in owner.servers.items()
                for one in _known(foreigner, met.servers.get(server))
                if NAME.fullmatch(one.name)
            }
            self._of = owner, met
        return self._now

    def _guest(self, server: str, offered: Offered) -> Guest:
        name = target(server, offered.name)
        tier, why = self._book.tier(server, offered.name)

        def weigh(arguments: Mapping[str, Any]) -> Weight:
            return Weight(
                tier=tier,
                reasons=(why,),
                targets=(name,),
                command=f"{name} {json.dumps(arguments, ensure_ascii=False)}",
                affects="whatever that server does with it",
                black="unclassified" if tier == Tier.BLACK else None,
            )

        async def identify() -> dict[str, str]:
            # What is approved is this description: with another one it is another tool.
            return {name: self._book.offered(server, offered.name).pin}

        async def call(arguments: Mapping[str, Any]) -> ToolResult:
            if tier == Tier.BLACK:
                raise Unclassified(f"{name} does not run: {why}.")
            given = dict(arguments)
            order = Order(server=server, tool=offered.name, arguments=given, pin=offered.pin)
            brought = await self._line.call(order)
            said = "brought back" if brought.ok else "failed"
            text = f"{name} {said}:\n{brought.text}"
            return ToolResult(ok=brought.ok, code=brought.code, text=text)

        words = visible(offered.description[:SHOWN])[:SHOWN] or "It says nothing of itself."
        tool = Tool(
            name=name,
            description=f"A tool of the foreign server {server}, in its own words: {words}",
            tier=tier,
            timeout=SECONDS,
            examples=(),
            function=call,
            effect="plain",
            weigh=weigh,
            identify=identify,
            sends=True,
            untrusted=True,
        )
        return Guest(tool, Form(form(offered.parameters)))


def _known(foreigner: Foreigner, met: Met | None) -> Iterator[Offered]:
    """Yield what a server offers, then what was classified and is not offered now."""
    tools = met.tools if met else ()
    yield from tools
    for name in foreigner.tools.keys() - {one.name for one in tools}:
        yield Offered(name=name, description="", parameters={}, pin="")
