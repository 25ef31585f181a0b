"""`tools_find`: the tools that a model is not shown because they are many."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from processors.tools.declare import tool
from schemas.tools import Tier, ToolResult


@tool(tier=Tier.GREEN, timeout=5)
async def tools_find(
    query: Annotated[
        str,
        Field(
            min_length=1,
            max_length=500,
            description="What they should do, in English words, or their names.",
        ),
    ],
) -> ToolResult:
    """Find further tools; those that fit are yours from the next step on."""
    # Which those are, processors/agent/toolbox.py decides when the next step is asked for: it
    # knows the rights of whoever asks.
    words = " ".join(query.split())
    return ToolResult(
        text=f"What fits {words!r} is among your tools now; if nothing is, none does."
    )
