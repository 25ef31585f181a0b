"""The Model Context Protocol at the web door, spoken by its own client library."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import httpx2
import pytest
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp_types import ElicitResult

from ops.keyring import gateway
from schemas.base import new_id
from schemas.chat import Control
from schemas.record import Observed, entries
from streams import keys
from streams.approvals import Requests
from tests.gateways.mcp.behind import HELLO
from tests.stand import soon
from tests.web.house import BOB, OWNER, POOR, House


@asynccontextmanager
async def speaking(home: House, key: str = OWNER, **more: Any) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx2.AsyncClient(headers=headers, timeout=30, trust_env=False) as http:
        line = streamable_http_client(f"{home.url}/mcp", http_client=http)
        async with Client(line, **more) as client:
            yield client


@pytest.fixture(autouse=True)
def own_files(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the test's, which is all that the agent may read."""
    found = tmp_path_factory.mktemp("files")
    monkeypatch.setenv("NEXUS_FILES__ROOTS", str(found))
    return found


ERAS = pytest.mark.parametrize("mode", ["legacy", "auto"])
"""The protocol with a handshake, and the one without sessions."""


@ERAS
async def test_a_stock_client_lists_and_calls_tools(home: House, mode: str) -> None:
    async with speaking(home, mode=mode) as client:
        tools = {one.name: one for one in (await client.list_tools()).tools}
        found = await client.call_tool("files_write", {"path": "a.md", "content": "x"})
    hints = tools["files_write"].annotations
    assert hints is not None
    assert (hints.title, hints.read_only_hint) == ("files_write (YELLOW)", False)
    assert tools["time_now"].meta == {"nexus/tier": "GREEN"}
    assert not found.is_error
    # The same row as for everybody's calls: who, what, how dangerous, what came of it.
    turn = found.structured_content["turn"]
    rows = await home.stand.redis.lrange(keys.turn(turn), 0, -1)
    (observed,) = (one for one in map(entries.validate_json, rows) if isinstance(one, Observed))
    assert (observed.person, observed.tool, observed.effect) == ("owner", "files_write", "done")


async def test_what_is_not_allowed_is_blocked_and_says_exactly_why(home: House) -> None:
    async with speaking(home) as client:
        unknown = await client.call_tool("no_such_tool", {})
        wrong = await client.call_tool("time_now", {"nonsense": 1})
    assert unknown.is_error
    assert set(unknown.structured_content) == {"blocked", "reason", "tier"}
    assert unknown.structured_content["tier"] == "BLACK"
    assert wrong.structured_content["blocked"] is True


@ERAS
async def test_a_call_that_needs_a_yes_says_so_and_waits_for_it(home: House, mode: str) -> None:
    news: list[str] = []

    async def told(progress: float, total: float | None, message: str | None) -> None:
        news.append(message or "")

    async with speaking(home, mode=mode) as client:
        arguments = {"command": "echo hello"}
        call = asyncio.create_task(client.call_tool("shell_run", arguments, progress_callback=told))
        await soon(lambda: bool(news))
        assert "A person must decide first" in news[0]
        assert "echo hello" in news[0]
        await decide(home, "denied")
        found = await call
    assert found.is_error
    assert found.structured_content["blocked"] is True


async def decide(home: House, verdict: str) -> None:
    """Decide at the terminal; a key decides nothing."""
    requests = Requests(home.stand.redis, "terminal")
    (asked,) = await requests.pending("owner")
    token, _ = await card_of(requests, asked.id)
    control = Control.model_validate(
        {
            "id": new_id(),
            "trace": "x",
            "session": "desk",
            "person": "owner",
            "channel": "terminal",
            "chat": "desk",
            "action": "decide",
            "approval": asked.id,
            "verdict": verdict,
            "token": token,
        }
    )
    ingress = home.stand.ingress(gateway=gateway(home.settings, "terminal"))
    await ingress.accept(control, control.id)


async def card_of(requests: Requests, name: str) -> tuple[str, str]:
    async def there() -> tuple[str, str] | None:
        return await requests.card(name)

    found: tuple[str, str] = await soon(there)
    return found


async def test_who_calls_it_off_ends_the_turn(home: House) -> None:
    async with speaking(home) as client:
        news = asyncio.Event()

        async def told(progress: float, total: float | None, message: str | None) -> None:
            news.set()

        call = asyncio.create_task(
            client.call_tool("shell_run", {"command": "true"}, progress_callback=told)
        )
        await asyncio.wait_for(news.wait(), 20)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await soon(lambda: nothing_waits(home))


async def test_a_line_that_breaks_stops_nothing(home: House) -> None:
    client = raw(home)
    headers = {"Mcp-Session-Id": await begin(client)}
    call = message("tools/call", 3, name="shell_run", arguments={"command": "true"})
    async with client.stream("POST", "/mcp", json=call, headers=headers) as said:
        assert said.status_code == 200
        await soon(lambda: something_waits(home))
    # The client is gone, and comes again with the very same request: it is the same call.
    again = asyncio.create_task(client.post("/mcp", json=call, headers=headers))
    await asyncio.sleep(0)
    assert len(await Requests(home.stand.redis, "terminal").pending("owner")) == 1
    await decide(home, "denied")
    assert '"blocked":true' in (await again).text.replace(" ", "")


@pytest.mark.parametrize("action", ["decline", "accept"])
async def test_a_client_that_opens_pages_is_asked_to_and_decides_nothing(
    home: House, action: Literal["accept", "decline"]
) -> None:
    opened: list[Any] = []

    async def elicit(_: Any, params: Any) -> ElicitResult:
        opened.append(params)
        return ElicitResult(action=action)

    async with speaking(home, mode="legacy", elicitation_callback=elicit) as client:
        call = asyncio.create_task(client.call_tool("shell_run", {"command": "echo hello"}))
        await soon(lambda: bool(opened))
        if action == "accept":
            assert await something_waits(home)
            assert not call.done()
            await decide(home, "denied")
        found = await call
    assert found.is_error
    assert opened[0].url == f"{home.url}/chat"
    assert "echo hello" in opened[0].message
    await soon(lambda: nothing_waits(home))


async def something_waits(home: House) -> bool:
    return not await nothing_waits(home)


async def nothing_waits(home: House) -> bool:
    return not await Requests(home.stand.redis, "terminal").pending("owner")


async def test_the_same_call_again_is_the_same_call(home: House) -> None:
    named: Any = {"nexus/key": "mine"}
    async with speaking(home) as one, speaking(home) as other:
        found = [
            await client.call_tool("notes_append", {"text": "only once"}, meta=named)
            for client in (one, other)
        ]
    assert found[0].structured_content == found[1].structured_content
    notes = (home.settings.root / "workspace/notes.md").read_text()
    assert notes.count("only once") == 1


async def test_a_request_that_is_sent_twice_runs_once(home: House) -> None:
    client = raw(home)
    session = await begin(client)
    call = message("tools/call", 7, name="notes_append", arguments={"text": "a copy"})
    for _ in range(2):
        said = await client.post("/mcp", json=call, headers={"Mcp-Session-Id": session})
        assert said.status_code == 200, said.text
    notes = (home.settings.root / "workspace/notes.md").read_text()
    assert notes.count("a copy") == 1


async def test_it_needs_the_right_to_use_tools(home: House) -> None:
    for key, status in ((BOB, 403), (POOR, 403), ("nonsense", 401)):
        said = await raw(home, key).post("/mcp", json=HELLO)
        assert said.status_code == status, said.text


async def test_a_session_lets_nobody_else_in(home: House) -> None:
    session = await begin(raw(home))
    ask = message("tools/list", 2)
    home.known.others["second"] = "owner"
    stolen = await raw(home, "second").post("/mcp", json=ask, headers={"Mcp-Session-Id": session})
    assert stolen.status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Host": "evil.example"}, 421),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
async def test_a_foreign_page_is_not_heard(
    home: House, headers: dict[str, str], status: int
) -> None:
    assert (await raw(home).post("/mcp", json=HELLO, headers=headers)).status_code == status


async def test_nonsense_is_refused_and_harms_nothing(home: House) -> None:
    client = raw(home)
    nonsense = [b"", b"{", b"[]", b"[" * 100_000, b'{"jsonrpc":"2.0","method":7}', b"\xff\xfe"]
    for body in nonsense:
        said = await client.post("/mcp", content=body)
        assert 400 <= said.status_code < 500, (body[:20], said.text)
    large = await client.post("/mcp", content=b" " * ((1 << 20) + 1))
    assert large.status_code == 413
    async with speaking(home) as one:
        deep: Any = "x"
        for _ in range(100):
            deep = [deep]
        for arguments in ({"text": deep}, {"text": 1 << 70}, {"text": "x" * 190_001}):
            with pytest.raises(MCPError):
                await one.call_tool("notes_append", arguments)
        with pytest.raises(MCPError):
            await one.call_tool("two words", {})
        assert not (await one.call_tool("time_now", {})).is_error


async def test_what_one_may_read(home: House) -> None:
    said = await home.say("hello there")
    async with speaking(home) as client:
        listed = {one.uri for one in (await client.list_resources()).resources}
        assert listed == {"nexus://conversations", "nexus://events"}
        many = {
            one.uri_template for one in (await client.list_resource_templates()).resource_templates
        }
        assert many == {"nexus://conversations/{id}", "nexus://files/{+path}"}
        sessions = json.loads(await text(client, "nexus://conversations"))["sessions"]
        assert said["session"] in {one["id"] for one in sessions}
        told = await text(client, f"nexus://conversations/{said['session']}")
        assert told.startswith("## hello there\n\n")
        assert isinstance(json.loads(await text(client, "nexus://events")), list)
        nowhere = ("nexus://nothing", "file:///etc/passwd", "nexus://conversations/another")
        for uri in nowhere:
            with pytest.raises(MCPError, match=r"nothing to read|no such conversation"):
                await client.read_resource(uri)


async def test_files_are_read_by_the_agents_own_rules(home: House, own_files: Path) -> None:
    root = own_files
    (root / "letter.txt").write_text("Dear reader,\nhello.\n")
    async with speaking(home) as client:
        assert await text(client, "nexus://files/letter.txt") == "Dear reader,\nhello.\n"
        assert "letter.txt" in await text(client, f"nexus://files/{quote(f'{root}/')}")
        for path in ("../../etc/shadow", "%2e%2e/%2e%2e/etc/shadow", "/etc/shadow", "none.txt"):
            with pytest.raises(MCPError):
                await client.read_resource(f"nexus://files/{path}")


async def text(client: Client, uri: str) -> str:
    (content,) = (await client.read_resource(uri)).contents
    return str(getattr(content, "text"))  # noqa: B009 - of one of two kinds


async def test_prompts(home: House) -> None:
    async with speaking(home) as client:
        assert {one.name for one in (await client.list_prompts()).prompts} >= {"health", "trouble"}
        found = await client.get_prompt("trouble", {"name": "web"})
        assert "web" in str(found.messages[0].content)
        with pytest.raises(MCPError):
            await client.get_prompt("trouble", {})


def message(method: str, number: int, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def raw(home: House, key: str = OWNER) -> Any:
    client = home.client(key)
    client.headers["Accept"] = "application/json, text/event-stream"
    client.headers["Content-Type"] = "application/json"
    return client


async def begin(client: Any) -> str:
    said = await client.post("/mcp", json=HELLO)
    assert said.status_code == 200, said.text
    session: str = said.headers["mcp-session-id"]
    done = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    await client.post("/mcp", json=done, headers={"Mcp-Session-Id": session})
    return session
