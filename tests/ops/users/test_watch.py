"""The end of a login is heard: by what is under way, and by other processes."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.house.tree import ROOT
from tests.ops.users.home import PASSWORD, Browser, Home

PROMISED = 1.0
SLACK = 4.0
"""What a busy machine may add."""


async def reads_until_it_ends(browser: Browser, began: asyncio.Event) -> float:
    """Read an answer that never ends by itself; return when it did."""
    with suppress(httpx.RemoteProtocolError):
        async with browser.http.stream("GET", "/test/stream") as answer:
            assert answer.status_code == 200
            async for _ in answer.aiter_bytes():
                began.set()
    return time.monotonic()


async def listens_until_it_ends(socket: ClientConnection) -> tuple[float, int]:
    with pytest.raises(ConnectionClosed) as closed:
        await socket.recv()
    assert closed.value.rcvd is not None
    return time.monotonic(), closed.value.rcvd.code


def socket_of(home: Home, browser: Browser, origin: str = "") -> connect:
    """A WebSocket as the browser opens it."""
    return connect(
        home.url.replace("http", "ws") + "/test/socket",
        origin=origin or home.url,  # type: ignore[arg-type] # a str, by another name
        additional_headers={"Cookie": f"nexus={browser.cookie('nexus')}"},
        proxy=None,
    )


async def logout(_: Home, browser: Browser) -> None:
    assert (await browser.post("/api/auth/logout")).status_code == 204


async def password(_: Home, browser: Browser) -> None:
    other = Browser(str(browser.http.base_url).rstrip("/"), {})
    assert await other.sign_in() == ""
    said = await other.post("/api/auth/password", old=PASSWORD, new="another horse 8")
    assert said.status_code == 204
    await other.http.aclose()


async def elsewhere(home: Home, _: Browser) -> None:
    """Another process does it: the terminal."""
    words = ["people", "logout", "Ada", "--root", str(home.settings.root)]
    code = "from ops.cli import app; app()"
    ran = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-P", "-c", code, *words],
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("ends", [logout, password, elsewhere])
async def test_what_is_under_way_ends_with_the_login(
    home: Home, ends: Callable[[Home, Browser], Awaitable[None]]
) -> None:
    browser = await home.owner()
    began = asyncio.Event()
    async with socket_of(home, browser) as socket:
        await socket.send("hello")
        assert await socket.recv() == "hello"
        reading = asyncio.create_task(reads_until_it_ends(browser, began))
        listening = asyncio.create_task(listens_until_it_ends(socket))
        await began.wait()
        await ends(home, browser)
        at = time.monotonic()
        read_end = await asyncio.wait_for(reading, PROMISED + SLACK)
        heard_end, code = await asyncio.wait_for(listening, PROMISED + SLACK)
    assert max(read_end, heard_end) - at < PROMISED + SLACK
    assert code == 4401
    assert not await browser.signed_in()


async def test_others_go_on(home: Home) -> None:
    browser, other = await home.owner(), home.browser()
    assert await other.sign_in() == ""
    began = asyncio.Event()
    reading = asyncio.create_task(reads_until_it_ends(browser, began))
    await began.wait()
    await logout(home, other)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(reading), 1.5)
    reading.cancel()


async def test_a_socket_of_a_foreign_page_is_refused(home: Home) -> None:
    browser = await home.owner()
    with pytest.raises(Exception, match="403"):
        async with socket_of(home, browser, "https://evil.example"):
            pass


async def test_a_socket_without_a_login_is_refused(home: Home) -> None:
    where = home.url.replace("http", "ws") + "/test/socket"
    for cookie in ("", "nexus=made.up.token"):
        with pytest.raises(Exception, match="403"):
            async with connect(
                where,
                origin=home.url,  # type: ignore[arg-type]
                additional_headers={"Cookie": cookie} if cookie else {},
                proxy=None,
            ):
                pass
