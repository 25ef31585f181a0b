"""Our MCP server for one program that started it: a message a line, in and out."""

from __future__ import annotations

from gateways.mcp.base import Behind
from gateways.mcp.server import Serving


async def serve(version: str, behind: Behind) -> None:
    """Serve on standard input and output until the program closes them.

    Args:
        version: of this program.
        behind: what the program has.
    """
    from mcp.server.stdio import stdio_server  # noqa: PLC0415 - loaded at first use

    server = Serving(version, lambda _: behind, lambda _: "").server
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())
