"""Our MCP server behind HTTP: a session answers only the login that began it, and ends with us."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx2
import pytest
from starlette.types import Message, Receive, Scope, Send

from gateways.mcp.door import SESSIONS, StreamableDoor
from gateways.mcp.sessions import MOST, Crowded
from schemas.errors import Unavailable
from tests.gateways.mcp.behind import HELLO, Known

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


async def begun(client: httpx2.AsyncClient, login: str = "ada") -> dict[str, str]:
    """Begin a session; return the header that names it."""
    said = await client.post("/mcp", json=HELLO, headers={"X-Login": login})
    assert said.status_code == 200, said.text
    return {"Mcp-Session-Id": said.headers["mcp-session-id"], "X-Login": login}


async def status(client: httpx2.AsyncClient, session: dict[str, str]) -> int:
    """What a session answers."""
    return (await client.post("/mcp", json=LIST, headers=session)).status_code


async def test_one_session_more_than_a_login_may_have_takes_the_place_of_the_least_used() -> None:
    async with opened() as (_, client):
        other = await begun(client, "bob")
        sessions = [await begun(client) for _ in range(MOST)]
        assert await status(client, sessions[0]) == 200  # so the second is the one now
        sessions.append(await begun(client))
        now = [await status(client, session) for session in sessions]
        assert now == [200, 404, *[200] * (MOST - 1)]
        assert await status(client, other) == 200
    assert MOST * 8 < SESSIONS


async def test_a_login_that_uses_all_its_sessions_shuts_nobody_else_out() -> None:
    async with opened() as (door, client):
        sessions = [await begun(client) for _ in range(MOST)]
        async with using(door, [one["Mcp-Session-Id"] for one in sessions]) as leaving:
            # At once, as somebody would who counts on the count.
            more = (client.post("/mcp", json=HELLO) for _ in range(4))
            came = await asyncio.gather(*more, return_exceptions=True)
            assert [type(one) for one in came] == [Crowded] * 4
            assert f"This login uses {MOST} sessions" in str(came[0])
            await begun(client, "bob")
            # What it has goes on, and one that ended makes room for another.
            assert await status(client, sessions[0]) == 200
            leaving()
            assert (await client.delete("/mcp", headers=sessions[0])).status_code == 200
            await begun(client)


@asynccontextmanager
async def using(door: StreamableDoor, sessions: list[str]) -> AsyncIterator[Callable[[], None]]:
    """Listen in each of these sessions; give what hangs up in the first."""
    listening = [asyncio.Event() for _ in sessions]
    away = [asyncio.Event() for _ in sessions]

    async def listen(place: int) -> None:
        said: list[Message] = [{"type": "http.request", "body": b""}]

        async def receive() -> Message:
            if said:
                return said.pop()
            await away[place].wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                assert message["status"] == 200
                listening[place].set()

        headers = [
            (b"accept", b"text/event-stream"),
            (b"mcp-session-id", sessions[place].encode()),
        ]
        scope = {"type": "http", "method": "GET", "path": "/mcp", "query_string": b""}
        await door.serve({**scope, "headers": headers}, receive, send, "ada")

    tasks = [asyncio.create_task(listen(place)) for place in range(len(sessions))]
    try:
        for one in listening:
            await one.wait()
        yield away[0].set
    finally:
        for one in away:
            one.set()
        await asyncio.gather(*tasks)


async def test_one_that_was_closed_lets_nobody_in() -> None:
    async with opened() as (door, client):
        assert (await client.post("/mcp", json=HELLO)).status_code == 200
        await door.close()
        with pytest.raises(Unavailable):
            await client.post("/mcp", json=HELLO)


async def test_one_to_which_nobody_came_closes_too() -> None:
    door = StreamableDoor("1", lambda _: Known(), lambda _: "")
    await door.close()
