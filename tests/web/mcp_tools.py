"""The tools that the conformance suite calls, as its own example server has them."""

from __future__ import annotations

import asyncio

from processors.tools.declare import Tell, tool
from schemas.errors import Invalid
from schemas.tools import Tier, ToolResult


@tool(tier=Tier.GREEN, timeout=5)
async def test_simple_text() -> ToolResult:
    """Say something."""
    return ToolResult(text="This is a simple text response for testing.")


@tool(tier=Tier.GREEN, timeout=5)
async def test_error_handling() -> ToolResult:
    """Fail."""
    raise Invalid("This tool intentionally returns an error for testing")


@tool(tier=Tier.GREEN, timeout=20)
async def test_tool_with_progress(tell: Tell) -> ToolResult:
    """Say three times how far it is."""
    for done in (0, 50, 100):
        tell(f"{done} of 100\n")
        await asyncio.sleep(1.0)  # what is said is told on at most twice a second
    return ToolResult(text="It is done.")


TOOLS = (test_simple_text, test_error_handling, test_tool_with_progress)
