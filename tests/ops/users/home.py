"""A web door of its own for a test, and browsers and programs that knock at it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.websockets import WebSocket

from ops import ownership, secrets
from ops.main import resources
from ops.modules import Modules, site_of
from ops.sections import EventsSettings, HttpSettings
from ops.settings import Settings
from ops.slice import House
from tests.ops.cli.conftest import free_port
from tests.stand import Stand
from web.app import Endpoint, app
from web.auth import Gate
from web.listener import Listener

NAME, PASSWORD = "Ada", "correct horse 7"
ROLES = ("web-limits", "live")


def settings_of(stand: Stand, root: Path, http: Mapping[str, Any]) -> Settings:
    """The settings of a server whose live Redis is the test's."""
    for role in ROLES:
        secrets.replace(secrets.redis_file(root, role), stand.servers.passwords[role].encode())
    return Settings(
        root=root,
        redis_live_url=SecretStr(f"unix://{stand.servers.pair.live.socket}"),
        http=HttpSettings(port=free_port(), **http),
        # What happens to this machine's own containers is no part of a test.
        events=EventsSettings(docker=False),
    )


@dataclass
class Home:
    """A running web door."""

    settings: Settings
    modules: Modules
    house: House
    url: str = field(init=False)
    browsers: list[Browser] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.url = f"http://127.0.0.1:{self.settings.http.port}"

    def browser(self, **headers: str) -> Browser:
        """Somebody's browser, with cookies of its own."""
        found = Browser(self.url, headers)
        self.browsers.append(found)
        return found

    async def owner(self, **headers: str) -> Browser:
        """The browser of the owner, who is registered and signed in."""
        found = self.browser(**headers)
        code = ownership.begin(self.settings.root)
        said = await found.post("/api/setup", code=code, name=NAME, password=PASSWORD)
        assert said.status_code == 201, said.text
        return found


class Browser:
    """Sends what a browser sends: its cookies, the Origin, and the token our page reads."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self.http = httpx.AsyncClient(
            base_url=url, headers={"Origin": url, **headers}, timeout=30, trust_env=False
        )

    async def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Send any request."""
        token = self.http.cookies.get("nexus-csrf", path="/")
        headers = {"X-CSRF-Token": token} if token else {}
        headers |= more.pop("headers", {})
        return await self.http.request(method, path, headers=headers, **more)

    async def get(self, path: str) -> httpx.Response:
        """Look at something."""
        return await self.ask("GET", path)

    async def post(self, path: str, /, **body: Any) -> httpx.Response:
        """Change something."""
        return await self.ask("POST", path, json=body)

    async def delete(self, path: str, /, **body: Any) -> httpx.Response:
        """Remove something."""
        return await self.ask("DELETE", path, **({"json": body} if body else {}))

    async def sign_in(self, name: str = NAME, password: str = PASSWORD, **more: Any) -> str:
        """Try to sign in; return '' or the code of the error."""
        said = await self.post("/api/auth/login", name=name, password=password, **more)
        return "" if said.status_code == 200 else str(said.json()["code"])

    async def signed_in(self) -> bool:
        """Whether this browser is."""
        return (await self.get("/api/auth/me")).status_code == 200

    def cookie(self, name: str, path: str = "/") -> str:
        """The value of a cookie."""
        found = self.http.cookies.get(name, path=path)
        assert found is not None, name
        return found


@asynccontextmanager
async def running(
    stand: Stand, root: Path, settings: Settings | None = None, **http: Any
) -> AsyncIterator[Home]:
    """Run a web door until the end of the block."""
    settings = settings or settings_of(stand, root, http)
    site, ending = site_of(settings), asyncio.Event()
    runtime = stand.runtime(resources=resources(settings))
    house = House(settings, runtime, (), site)
    modules = Modules(house)
    served = app((*modules.endpoints, *LONG), Gate(modules.accounts, site), site, ending)
    listener = Listener("127.0.0.1", settings.http.port, served, ending)
    await listener.start()
    home = Home(settings, modules, house)
    try:
        yield home
    finally:
        await listener.stop()
        await modules.close()
        for browser in home.browsers:
            await browser.http.aclose()


async def drip(_: Request) -> Response:
    """An answer that never ends by itself."""

    async def words() -> AsyncIterator[bytes]:
        while True:
            yield b": still here\n\n"
            await asyncio.sleep(0.05)

    return StreamingResponse(words(), media_type="text/event-stream")


async def echo(socket: WebSocket) -> None:
    """A WebSocket that says back what it hears."""
    await socket.accept()
    while True:
        await socket.send_text(await socket.receive_text())


LONG = (
    Endpoint("GET", "/test/stream", drip, "chat", streams=True),
    Endpoint("WS", "/test/socket", echo, "chat"),
    Endpoint("POST", "/test/tools", drip, "tools", streams=True),
)
