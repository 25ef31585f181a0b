"""A task for somebody else: `subagent_delegate`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from processors.tools.declare import tool
from schemas.tools import Tier, ToolResult

Pattern = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z0-9_*]+$")]


@tool(
    tier=Tier.GREEN,
    timeout=60,
    examples=(
        "delegate this to a subagent",
        "delegate each of them to a subagent of its own",
    ),
)
async def subagent_delegate(
    task: Annotated[
        str,
        Field(
            min_length=1,
            max_length=20_000,
            pattern=r"^[^\x00]*$",
            description="All that it must know: it sees nothing of this conversation.",
        ),
    ],
    tools: Annotated[
        list[Pattern],
        Field(max_length=32, description="Tools it may use, as `files_*`; yours unless given."),
    ] = [],  # noqa: B006 - a default of the signature, which nobody changes
) -> ToolResult:
    """Delegate a task to a subagent. Several of one step are at it side by side."""
    # The tool stage hands it over before it gets here: only that can wait for another turn.
    return ToolResult(ok=False, code="unavailable", text=f"Nobody can take this task: {task[:80]}")
