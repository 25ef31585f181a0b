"""Our MCP server, spoken with by the protocol's own client library in this very process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from mcp import Client, MCPError

from gateways.mcp.server import KEY, LONGEST_KEY, NO_RESOURCE, Serving, fault
from schemas.errors import Invalid, NotFound, Refused, Transient
from tests.gateways.mcp.behind import FOREIGN, Known

ERAS = pytest.mark.parametrize("mode", ["legacy", "auto"])
"""The protocol with a handshake, and the one without sessions."""


@asynccontextmanager
async def speaking(known: Known, mode: str = "legacy") -> AsyncIterator[Client]:
    serving = Serving("1", lambda _: known, lambda _: "")
    async with Client(serving.server, mode=mode) as client:
        yield client


@ERAS
async def test_tools_are_listed_and_called_by_names_that_all_programs_take(mode: str) -> None:
    known = Known()
    async with speaking(known, mode) as client:
        names = [one.name for one in (await client.list_tools()).tools]
        found = [await client.call_tool(name, {"x": 1}) for name in names]
        blocked = await client.call_tool("a_tool", {"how": "blocked"})
    assert names == ["a_tool", "mcp__files__read"]
    assert [tool for tool, _, _ in known.calls[:2]] == ["a_tool", FOREIGN]
    assert not any(one.is_error for one in found)
    assert blocked.structured_content == {"blocked": True, "reason": "No.", "tier": "BLACK"}


@ERAS
async def test_a_call_that_is_named_is_the_same_call_and_no_other_is(mode: str) -> None:
    known = Known()
    async with speaking(known, mode) as client:
        for meta in ({KEY: "mine"}, {KEY: "mine"}, {KEY: "other"}, None, None):
            named: Any = meta
            await client.call_tool("a_tool", {}, meta=named)
        for wrong in ("", "x" * (LONGEST_KEY + 1), 7):
            named = {KEY: wrong}
            with pytest.raises(MCPError):
                await client.call_tool("a_tool", {}, meta=named)
    keys = [key for _, _, key in known.calls]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 4


@ERAS
@pytest.mark.parametrize(("how", "code"), [("invalid", -32602), ("away", -32603)])
async def test_what_was_not_taken_in_is_an_error_of_the_protocol(
    mode: str, how: str, code: int
) -> None:
    async with speaking(Known(), mode) as client:
        with pytest.raises(MCPError) as caught:
            await client.call_tool("a_tool", {"how": how})
    assert caught.value.error.code == code


async def test_who_calls_it_off_stops_it() -> None:
    known, began = Known(), asyncio.Event()

    async def told(progress: float, total: float | None, message: str | None) -> None:
        began.set()

    async with speaking(known) as client:
        asked = client.call_tool("a_tool", {"how": "hang"}, progress_callback=told)
        call = asyncio.ensure_future(asked)
        await asyncio.wait_for(began.wait(), 20)
        call.cancel()
        await asyncio.wait_for(known.stopped.wait(), 20)


@ERAS
async def test_what_can_be_read_and_asked(mode: str) -> None:
    async with speaking(Known(), mode) as client:
        assert [one.uri for one in (await client.list_resources()).resources] == ["nexus://a"]
        many = (await client.list_resource_templates()).resource_templates
        assert [one.uri_template for one in many] == ["nexus://b/{c}"]
        (content,) = (await client.read_resource("nexus://a")).contents
        assert getattr(content, "text") == "the words"  # noqa: B009 - of one of two kinds
        with pytest.raises(MCPError):
            await client.read_resource("nexus://nothing")
        assert "health" in {one.name for one in (await client.list_prompts()).prompts}
        with pytest.raises(MCPError):
            await client.get_prompt("nothing", {})


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotFound("x"), NO_RESOURCE),
        (Invalid("x"), -32602),
        (Transient("x"), -32603),
        (Refused("x"), -32600),
    ],
)
def test_each_error_has_its_number(error: Any, code: int) -> None:
    found = fault(error, missing=NO_RESOURCE).error
    assert (found.code, found.data) == (code, {"code": error.code})
