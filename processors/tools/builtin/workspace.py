"""The agent's own folder: `notes_append` and `files_write`."""

from __future__ import annotations

import asyncio
from typing import Annotated

from pydantic import Field

from gateways.machines.workspace import Workspace
from processors.tools.declare import tool
from processors.tools.wording import counted, name
from schemas.tools import Tier, ToolResult

NOTES = "notes.md"


@tool(
    tier=Tier.YELLOW,
    timeout=10,
    effect="plain",
    examples=("note that the backup disk was replaced", "write down: call the plumber"),
)
async def notes_append(
    workspace: Workspace,
    text: Annotated[str, Field(min_length=1, max_length=4_000, description="One note.")],
) -> ToolResult:
    """Append one note to the owner's list of notes."""
    line = " ".join(text.split())
    path = await asyncio.to_thread(workspace.append, NOTES, f"- {line}\n")
    return ToolResult(text=f"I wrote it down in {name(path)}.", data={"path": path})


@tool(
    tier=Tier.YELLOW,
    timeout=15,
    effect="idempotent",
    examples=("write a file shopping.txt with milk and bread",),
)
async def files_write(
    workspace: Workspace,
    path: Annotated[
        str,
        Field(
            max_length=1_024,
            description="Where, below the workspace, such as reports/disk.md.",
            json_schema_extra={"format": "path"},
        ),
    ],
    content: Annotated[str, Field(max_length=200_000, description="The whole new content.")],
) -> ToolResult:
    """Write a text file in the workspace, replacing what was there."""
    written = await asyncio.to_thread(workspace.write, path, content)
    size = len(content.encode("utf-8", "surrogateescape"))
    return ToolResult(
        text=f"I wrote {counted(size, 'byte')} to {name(written)}.",
        data={"path": written, "bytes": size},
    )
