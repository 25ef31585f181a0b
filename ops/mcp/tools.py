"""What the agent may do with foreign servers: see what they offer, and call what was classified."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from ops.foreign_servers import Book
from ops.mcp.line import Line
from ops.settings import Settings
from processors.tools.declare import Tool, Weight, tool
from processors.tools.wording import counted
from schemas.errors import NotFound
from schemas.foreign import Offered, Order, ServerName, ToolsName
from schemas.tools import Tier, ToolResult
from streams.embedded import socket_folder

SHOWN = 400
"""Characters of a description in a list."""


def target(server: str, name: str) -> str:
    """Return the name that a foreign tool has here."""
    return f"mcp:{server}:{name}"


def lent(settings: Settings) -> tuple[Tool, ...]:
    """Return the tools, as a server has them."""
    sockets = settings.streams.sockets or socket_folder(settings.root)
    return foreign(Book(settings.root), Line(sockets))


def shown() -> tuple[Tool, ...]:
    """Return the tools as they are described, where there is no server."""
    return foreign(Book(Path("nowhere")), Line(Path("nowhere")))


def foreign(book: Book, line: Line) -> tuple[Tool, ...]:
    """Return the tools.

    Args:
        book: what the owner made of each foreign tool, as it is at this moment.
        line: the way to the process that speaks with the servers.
    """

    def weigh(server: str, name: str, arguments: Mapping[str, Any]) -> Weight:
        tier, why = book.tier(server, name)
        called = target(server, name)
        return Weight(
            tier=tier,
            reasons=(why,),
            targets=(called,),
            command=f"{called} {json.dumps(arguments, ensure_ascii=False)}",
            affects="whatever that server does with it",
            black="unclassified" if tier == Tier.BLACK else None,
        )

    async def identify(server: str, name: str) -> dict[str, str]:
        return {target(server, name): book.offered(server, name).pin}

    @tool(
        tier=Tier.GREEN,
        timeout=15,
        untrusted=True,
        examples=("which tools do the foreign MCP servers have?", "what can the server files do?"),
    )
    async def mcp_tools(
        server: Annotated[
            str, Field(max_length=64, description="One server alone, with all it says of its tools")
        ] = "",
    ) -> ToolResult:
        """List the tools of foreign MCP servers that `mcp_call` can call, with what they take."""
        lines: list[str] = []
        data: list[dict[str, Any]] = []
        for found, met in book.met().servers.items():
            if server not in {"", found}:
                continue
            for one in met.tools:
                tier, _ = book.tier(found, one.name)
                if tier != Tier.BLACK:
                    lines.append(_line(found, one, tier, whole=bool(server)))
                    data.append({"server": found, "name": one.name, "tier": str(tier)})
        count = counted(len(lines), "foreign tool", "foreign tools") if lines else "No foreign tool"
        return ToolResult(text="\n".join([f"{count} can be called.", *lines]), data=data)

    @tool(
        tier=Tier.YELLOW,
        timeout=150,
        effect="plain",
        weigh=weigh,
        identify=identify,
        sends=True,
        untrusted=True,
        examples=("call the tool search of the foreign server notes",),
    )
    async def mcp_call(
        server: Annotated[ServerName, Field(description="The server, as its owner calls it.")],
        name: Annotated[ToolsName, Field(description="The tool, as `mcp_tools` names it.")],
        arguments: Annotated[
            dict[str, Any], Field(description="What it takes, as `mcp_tools` describes it.")
        ] = {},  # noqa: B006 - a default of the signature, which nobody changes
    ) -> ToolResult:
        """Call a tool of a foreign MCP server; what it brings back may be anybody's words."""
        made = book.owner().servers.get(server)
        classified = made.tools.get(name) if made else None
        if classified is None:
            raise NotFound(f"{target(server, name)} is not classified.")
        order = Order(server=server, tool=name, arguments=arguments, pin=classified.pin)
        brought = await line.call(order)
        said = "brought back" if brought.ok else "failed"
        return ToolResult(
            ok=brought.ok, code=brought.code, text=f"{target(server, name)} {said}:\n{brought.text}"
        )

    return (mcp_tools, mcp_call)


def _line(server: str, one: Offered, tier: Tier, *, whole: bool) -> str:
    words = one.description if whole else one.description.partition("\n")[0][:SHOWN]
    takes = json.dumps(one.parameters if whole else list(one.parameters.get("properties", {})))
    return f"{target(server, one.name)} ({tier}) {words} {takes}"
