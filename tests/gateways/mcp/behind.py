"""What a caller has in the tests of the protocol: two tools, and a book of what was asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from gateways.mcp.base import Content, Readable, Watcher
from schemas.errors import Invalid, NotFound, Unavailable
from schemas.execution import Blocked, Executed, Going
from schemas.tools import Tier, ToolSpec

FOREIGN = "mcp:files:read"
HELLO: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
"""How a client begins a session."""


def ran(text: str) -> Executed:
    return Executed(
        turn="t", call_id="c", tool="a_tool", tier=Tier.GREEN, ok=True, state="done",
        code=None, content=text, data=None, undo=None, elapsed_ms=1.0,
    )  # fmt: skip


class Known:
    """Somebody who may use all of it.

    Attributes:
        calls: tool, arguments and key of each call.
        stopped: set when a call was called off.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any], str]] = []
        self.stopped = asyncio.Event()

    async def tools(self) -> Sequence[ToolSpec]:
        return [
            ToolSpec(name=name, description="Does it.", tier=Tier.YELLOW, timeout=1)
            for name in ("a_tool", FOREIGN)
        ]

    async def call(
        self, tool: str, arguments: dict[str, Any], key: str, watcher: Watcher
    ) -> Executed | Blocked | Going:
        self.calls.append((tool, arguments, key))
        match arguments.get("how"):
            case "hang":
                await watcher.says("it has begun")
                try:
                    await asyncio.Event().wait()
                finally:
                    self.stopped.set()
            case "invalid":
                raise Invalid("It does not fit.")
            case "away":
                raise Unavailable("It is away.")
            case "blocked":
                return Blocked(reason="No.", tier=Tier.BLACK)
        return ran("It is done.")

    async def readables(self) -> Sequence[Readable]:
        return [Readable("nexus://a", "a", "One."), Readable("nexus://b/{c}", "b", "Many.")]

    async def read(self, uri: str) -> Content:
        if uri != "nexus://a":
            raise NotFound("There is nothing.")
        return Content("the words")
