"""All endpoints that the server has, in one table: who may use them without a login is listed."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect

from ops.modules import WebDoor
from tests.house.tree import ROOT
from tests.ops.cli.conftest import free_port
from tests.ops.users.home import LONG, Home, running
from tests.stand import Stand
from web.app import Endpoint
from web.static import CLIENT_ROUTES, FILES

PUBLIC = {
    "GET /healthz",
    "GET /readyz",
    "GET /api/setup",
    "POST /api/hooks/{source}",
    "GET /api/channels/whatsapp/webhook",
    "POST /api/channels/telegram/webhook",
    "POST /api/channels/whatsapp/webhook",
    "POST /api/setup",
    "POST /api/auth/login",
    "POST /api/auth/refresh",
    *(f"GET {path}" for path in (*CLIENT_ROUTES, *FILES)),
}
"""What answers anybody. Each of them has its reason: a door to come in by, or nothing to tell."""


@pytest.fixture
async def home(stand: Stand, tmp_path: Path) -> AsyncIterator[Home]:
    """A web door that has an owner."""
    async with running(stand, tmp_path) as found:
        yield found


def endpoints(home: Home) -> tuple[Endpoint, ...]:
    return (*home.modules.endpoints, *LONG)


async def asked(home: Home, endpoint: Endpoint, **headers: str) -> int:
    """Ask for an endpoint as nobody; return the status."""
    path = re.sub(r"{[^}]*}", "1", endpoint.path)
    if endpoint.method == "WS":
        try:
            async with connect(home.url.replace("http", "ws") + path, proxy=None):
                return 101
        except Exception as error:  # noqa: BLE001 - whatever the client makes of the refusal
            return 401 if "403" in str(error) else 0
    said = await home.browser(**headers).ask(endpoint.method, path, json={})
    return said.status_code


async def test_everything_but_what_is_listed_needs_a_login(home: Home) -> None:
    await home.owner()
    for endpoint in endpoints(home):
        name = f"{endpoint.method} {endpoint.path}"
        assert (endpoint.needs == "nothing") == (name in PUBLIC), name
        if name not in PUBLIC:
            for headers in ({}, {"Cookie": "nexus=x.y.z"}, {"X-API-Key": "nexus_k0_x"}):
                assert await asked(home, endpoint, **headers) == 401, name


def test_a_server_that_nobody_opened_has_not_loaded_what_logins_need() -> None:
    code = "import sys, ops.worker, ops.modules; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    heavy = {"sqlalchemy", "alembic", "argon2", "pwdlib", "jwt", "limits", "pyotp", "qrcode"}
    assert not heavy & set(ran.stdout.split())


async def test_what_is_listed_exists(home: Home) -> None:
    there = {f"{one.method} {one.path}" for one in endpoints(home)}
    assert there >= PUBLIC


async def test_every_endpoint_says_what_it_is_for(home: Home) -> None:
    names = [(one.method, one.path) for one in endpoints(home)]
    assert len(names) == len(set(names))
    for one in endpoints(home):
        assert one.call.__doc__, one.path
        assert (
            one.gives is not None
            or one.status == 204
            or one.method in {"WS", "GET"}
            or (one.streams)
        ), one.path


async def test_a_port_of_its_own_serves_the_protocol_and_nothing_else(
    home: Home,
) -> None:
    port, spoken = free_port(), free_port()
    settings = home.settings.model_copy(update={"mcp_port": spoken})
    door = WebDoor(settings, port, home.house.runtime, ())
    await door.start()
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            url = f"http://127.0.0.1:{spoken}"
            assert (await client.post(f"{url}/mcp", json={})).status_code == 401
            assert (await client.get(f"{url}/healthz")).status_code == 404
            assert (await client.post(f"http://127.0.0.1:{port}/mcp", json={})).status_code == 401
    finally:
        await door.stop()
