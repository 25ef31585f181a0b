"""A web door with endpoints of a test, real uvicorn on loopback, and accounts of two callers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

import httpx
from starlette.requests import Request
from starlette.responses import Response

from schemas.people import Form
from tests.ops.cli.conftest import free_port
from web.app import Endpoint, app
from web.auth import Caller, Gate, Unauthorized, caller
from web.guard import Site
from web.http import answer, read
from web.listener import Listener

CSRF = "a token that only our own page can read"
COOKIE = {"Cookie": "nexus=good"}
OWNER = Caller("owner", "Ada", "owner", "cookie", frozenset({"chat", "read"}), "login")
PROGRAM = Caller("owner", "Ada", "owner", "key", frozenset({"read"}), "key", "doorbell")


@dataclass
class Two:
    """Accounts of one login and one key.

    Attributes:
        ended: set when the login ends.
    """

    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def by_cookie(self, token: str) -> tuple[Caller, str]:
        """The cookie `good` is the owner's."""
        if token != "good":
            raise Unauthorized("This login has ended.")
        return OWNER, CSRF

    async def by_key(self, key: str) -> Caller:
        """The key `good` is a program's."""
        if key != "good":
            raise Unauthorized("This key is not known.")
        return PROGRAM

    @contextmanager
    def watched(self, login: str) -> Iterator[asyncio.Event]:
        """The same event for all."""
        yield self.ended


class Word(Form):
    """A body."""

    word: str
    more: object = None


async def say(request: Request) -> Response:
    """Say back a word."""
    return answer({"word": (await read(request, Word)).word})


async def who(request: Request) -> Response:
    """Say who asks."""
    return answer({"name": caller(request).name, "via": caller(request).via})


async def where(request: Request) -> Response:
    """Say nothing of interest."""
    return answer({"path": request.url.path})


async def size(request: Request) -> Response:
    """Count the bytes of a body."""
    return answer({"bytes": len(await request.body())})


async def broken(_: Request) -> Response:
    """A bug."""
    raise KeyError("the secret word is swordfish")


ENDPOINTS = (
    Endpoint("GET", "/page", where, "nothing", page=True),
    Endpoint("GET", "/public", where, "nothing"),
    Endpoint("POST", "/public", say, "nothing", body=10_000),
    Endpoint("GET", "/who", who, "read"),
    Endpoint("POST", "/say", say, "read", body=10_000),
    Endpoint("GET", "/chat", who, "chat"),
    Endpoint("GET", "/mine", who, "login"),
    Endpoint("POST", "/size", size, "nothing"),
    Endpoint("GET", "/broken", broken, "nothing"),
)


@asynccontextmanager
async def running(
    site: Site | None = None, endpoints: Sequence[Endpoint] = ENDPOINTS, accounts: Two | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """Run a web door, and give a client of it that is nobody."""
    here, ending, port = site or Site(), asyncio.Event(), free_port()
    served = app(endpoints, Gate(accounts or Two(), here), here, ending)
    listener = Listener("127.0.0.1", port, served, ending)
    await listener.start()
    url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as client:
        yield client
    await listener.stop()
