"""Our MCP server behind HTTP: a session answers only the login that began it, and ends with us."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from starlette.types import Receive, Scope, Send

from gateways.mcp.door import SESSIONS, StreamableDoor
from gateways.mcp.sessions import MOST, Crowded
from schemas.errors import Unavailable
from tests.gateways.mcp.behind import Known

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
LIST = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[StreamableDoor, httpx2.AsyncClient]]:
    """A door, and a client whose header says under which login it was let in."""
    known = Known()
    door = StreamableDoor("1", lambda _: known, lambda _: "")

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        login = dict(scope["headers"]).get(b"x-login", b"ada").decode()
        await door.serve(scope, receive, send, login)

    headers = {"Accept": "application/json, text/event-stream"}
    line = httpx2.ASGITransport(served)
    async with httpx2.AsyncClient(
        transport=line, base_url="http://home", headers=headers, trust_env=False
    ) as client:
        try:
            yield door, client
        finally:
            await door.close()


async def test_a_session_answers_only_the_login_that_began_it() -> None:
    async with opened() as (_, client):
        begun = await client.post("/mcp", json=HELLO)
        assert begun.status_code == 200, begun.text
        session = {"Mcp-Session-Id": begun.headers["mcp-session-id"]}
        mine = await client.post("/mcp", json=LIST, headers=session)
        theirs = await client.post("/mcp", json=LIST, headers={**session, "X-Login": "bob"})
        none = await client.post("/mcp", json=LIST, headers={"Mcp-Session-Id": "no-such-session"})
    assert (mine.status_code, theirs.status_code, none.status_code) == (200, 404, 404)
    assert "a_tool" in mine.text
    assert "a_tool" not in theirs.text


async def test_a_login_that_has_enough_sessions_shuts_nobody_else_out() -> None:
    async with opened() as (_, client):
        # At once, as somebody would who counts on the count.
        hellos = (client.post("/mcp", json=HELLO) for _ in range(MOST + 4))
        came = await asyncio.gather(*hellos, return_exceptions=True)
        inside = [one for one in came if isinstance(one, httpx2.Response)]
        assert [one.status_code for one in inside] == [200] * MOST
        assert sum(isinstance(one, Crowded) for one in came) == 4
        with pytest.raises(Crowded, match=f"This login has {MOST} sessions"):
            await client.post("/mcp", json=HELLO)
        other = await client.post("/mcp", json=HELLO, headers={"X-Login": "bob"})
        assert other.status_code == 200
        # What it has goes on, and one that ended makes room for another.
        session = {"Mcp-Session-Id": inside[0].headers["mcp-session-id"]}
        assert (await client.post("/mcp", json=LIST, headers=session)).status_code == 200
        assert (await client.delete("/mcp", headers=session)).status_code == 200
        assert (await client.post("/mcp", json=HELLO)).status_code == 200
    assert MOST * 8 < SESSIONS


async def test_one_that_was_closed_lets_nobody_in() -> None:
    async with opened() as (door, client):
        assert (await client.post("/mcp", json=HELLO)).status_code == 200
        await door.close()
        with pytest.raises(Unavailable):
            await client.post("/mcp", json=HELLO)


async def test_one_to_which_nobody_came_closes_too() -> None:
    door = StreamableDoor("1", lambda _: Known(), lambda _: "")
    await door.close()
