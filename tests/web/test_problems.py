"""Every error is a problem document, and none tells more than it should."""

from __future__ import annotations

import httpx
import pytest
from starlette.types import Message
from uvicorn.protocols.utils import ClientDisconnected

from web.problems import Problems


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("DELETE", "/page", 405, "wrong_method"),
        ("GET", "/who", 401, "unauthorized"),
        ("GET", "/broken", 500, "bug"),
        ("POST", "/public", 415, "not_json"),
    ],
)
async def test_an_error_is_a_problem_document(
    client: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    said = await client.request(method, path)
    assert said.status_code == status
    assert said.headers["Content-Type"] == "application/problem+json"
    body = said.json()
    assert (body["status"], body["code"], body["type"]) == (status, code, "about:blank")
    assert body["title"]
    assert body["detail"].endswith(".")


async def test_a_browser_at_an_unknown_address_gets_a_page(client: httpx.AsyncClient) -> None:
    wanted = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    said = await client.get("/nowhere", headers=wanted)
    assert said.status_code == 404
    assert said.headers["Content-Type"].startswith("text/html")
    assert '<a href="/">' in said.text
    program = await client.get("/api/nowhere", headers=wanted)
    assert program.json()["code"] == "not_found"


async def test_a_bug_is_told_to_the_log_alone(
    client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    said = await client.get("/broken")
    assert "swordfish" not in said.text
    assert "KeyError" not in said.text
    logged = capsys.readouterr().out
    assert "swordfish" in logged
    assert said.json()["trace"] in logged


async def test_a_browser_that_is_gone_is_no_bug(capsys: pytest.CaptureFixture[str]) -> None:
    async def gone(*_: object) -> None:
        raise ClientDisconnected

    async def nothing() -> Message:
        raise AssertionError("nobody is there to say anything")

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await Problems(gone)({"type": "websocket", "path": "/api/ws"}, nothing, send)
    assert sent == []
    assert "web.bug" not in capsys.readouterr().out
