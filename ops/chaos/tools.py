"""Tools with an effect at the witness; they exist in the system of `nexus chaos` only."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from processors.tools.declare import CallKey, tool
from schemas.errors import Transient
from schemas.tools import Tier, ToolResult
from streams.crash import Crash

Note = Annotated[str, Field(max_length=100_000, description="Anything.")]


class Bench:
    """The way to the witness.

    Args:
        socket: where it listens.
        crash: where this process is to die.
    """

    def __init__(self, socket: Path, crash: Crash) -> None:
        self._socket = socket
        self._crash = crash

    async def ask(self, kind: Literal["mark", "set"], call: str) -> ToolResult:
        """Have an effect, and wait until it is certain."""
        answer = await self._say(kind, call, "tool.mid_effect")
        if answer != b"done\n":
            raise Transient("The witness did not answer.")
        self._crash.at("tool.after_effect")
        return ToolResult(text="It is written down.")

    async def look(self, call: str) -> ToolResult | None:
        """Return what came of a call; None if it had no effect."""
        done = await self._say("look", call) == b"done\n"
        return ToolResult(text="It is written down.") if done else None

    async def _say(self, kind: str, call: str, point: str = "") -> bytes:
        reader, writer = await asyncio.open_unix_connection(self._socket)
        try:
            writer.write(f"{kind} {call}\n".encode())
            await writer.drain()
            answer = await reader.readline()
            # It is done, and nobody in this process knows yet.
            self._crash.at(point)
        finally:
            writer.close()
        return answer


@tool(tier=Tier.YELLOW, timeout=15, effect="plain")
async def witness_mark(bench: Bench, note: Note, key: CallKey) -> ToolResult:
    """Make a mark at the witness; twice would be two marks."""
    return await bench.ask("mark", key)


@tool(tier=Tier.YELLOW, timeout=15, effect="idempotent")
async def witness_set(bench: Bench, note: Note, key: CallKey) -> ToolResult:
    """Set a mark at the witness under the call's key; twice is once."""
    return await bench.ask("set", key)


@tool(tier=Tier.ORANGE, timeout=15, effect="plain")
async def witness_ask(bench: Bench, note: Note, key: CallKey) -> ToolResult:
    """Make a mark at the witness, if a person says yes."""
    return await bench.ask("mark", key)


@tool(tier=Tier.RED, timeout=15, effect="idempotent")
async def witness_danger(bench: Bench, note: Note, key: CallKey) -> ToolResult:
    """Set a mark at the witness, if a person says yes and shows that it is them."""
    return await bench.ask("set", key)


async def _look(bench: Bench, note: Note, key: CallKey) -> ToolResult | None:
    return await bench.look(key)


@tool(tier=Tier.YELLOW, timeout=15, effect="probe", probe=_look)
async def witness_probe(bench: Bench, note: Note, key: CallKey) -> ToolResult:
    """Make a mark at the witness, which can be asked whether it was made."""
    return await bench.ask("mark", key)
