"""Our MCP server on standard input and output, in a process of its own."""

from __future__ import annotations

import sys

from mcp import Client, StdioServerParameters

from tests.house.tree import ROOT

PROGRAM = """
import asyncio
from gateways.mcp.stdio import serve
from tests.gateways.mcp.behind import Known
asyncio.run(serve("1", Known()))
"""


async def test_a_program_that_started_it_is_served_until_it_goes() -> None:
    started = StdioServerParameters(
        command=sys.executable, args=["-c", PROGRAM], env={"PYTHONPATH": str(ROOT)}
    )
    async with Client(started) as client:
        assert "a_tool" in {one.name for one in (await client.list_tools()).tools}
        found = await client.call_tool("a_tool", {})
    assert not found.is_error
