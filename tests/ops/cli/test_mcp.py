"""`nexus mcp serve`: a program started it, and has what the person at the terminal has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from mcp import Client, StdioServerParameters

from tests.ops.cli.conftest import Nexus, wait_for


@asynccontextmanager
async def speaking(nexus: Nexus, **more: Any) -> AsyncIterator[Client]:
    words = [*nexus.command, "mcp", "serve"]
    started = StdioServerParameters(command=words[0], args=words[1:], env=nexus.environment)
    async with Client(started, **more) as client:
        yield client


async def test_a_program_lists_and_calls_tools(nexus: Nexus) -> None:
    async with speaking(nexus) as client:
        tools = {one.name for one in (await client.list_tools()).tools}
        found = await client.call_tool("notes_append", {"text": "by a program"})
        blocked = await client.call_tool("no_such_tool", {})
    assert {"time_now", "shell_run"} <= tools
    assert not found.is_error
    assert found.structured_content["tier"] == "YELLOW"
    assert "by a program" in (nexus.root / "workspace/notes.md").read_text()
    assert blocked.structured_content["blocked"] is True


async def test_the_same_call_again_is_the_same_call(nexus: Nexus) -> None:
    named: Any = {"nexus/key": "k"}
    async with speaking(nexus) as client:
        found = [
            await client.call_tool("notes_append", {"text": "just once"}, meta=named)
            for _ in range(2)
        ]
    assert found[0].structured_content == found[1].structured_content
    assert (nexus.root / "workspace/notes.md").read_text().count("just once") == 1


async def test_a_program_that_goes_takes_its_question_along(nexus: Nexus) -> None:
    asked = asyncio.Event()

    async def told(progress: float, total: float | None, message: str | None) -> None:
        asked.set()

    async with speaking(nexus) as client:
        arguments = {"command": "echo never"}
        call = asyncio.create_task(client.call_tool("shell_run", arguments, progress_callback=told))
        await asyncio.wait_for(asked.wait(), 30)
        assert await asyncio.to_thread(pending, nexus) == ["echo never"]
        call.cancel()
    await asyncio.to_thread(wait_for, lambda: not pending(nexus))


def pending(nexus: Nexus) -> list[str]:
    return [one["command"] for one in nexus.json("approvals")]


def test_without_a_server_there_is_nothing_to_serve(other: Nexus) -> None:
    ran = other("mcp", "serve")
    assert ran.returncode == 3
    assert "not running" in ran.stderr
