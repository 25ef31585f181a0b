"""A whole server in the process of a test: pipeline, journal and web door, with clients' eyes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
)
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson

from gateways.llm.scripted import Script, Scripted
from ops import database as databases
from ops import secrets
from ops.journal import database
from ops.journal.service import Journal
from ops.keyring import gateway, keyring
from ops.main import More, resources
from ops.modules import Modules
from ops.settings import Settings
from ops.slice import House as Handed
from processors.agent.mind import Mind
from processors.pipeline import STAGES
from processors.tools.declare import Tool
from processors.tools.redact import Redactor
from schemas.base import new_id
from schemas.feed import live_events
from schemas.people import SCOPES
from schemas.web import Snapshot, Turn
from streams.broker import ensure_group
from streams.runtime import Runtime
from streams.settings import StreamsSettings
from streams.tail import Tail
from tests.ops.users.home import settings_of
from tests.stand import QUICK, Stand, received
from tests.web.plays import play
from web.app import app
from web.auth import Caller, Gate, Unauthorized
from web.fold import Board
from web.guard import Site
from web.listener import Listener

OWNER, BOB, POOR = "owner-key", "bob-key", "poor-key"
TALKS = "talks-key"
"""The owner's too, and it may do nothing but talk."""


class Known:
    """Three people with a key each: the owner, a guest, and one who may do nothing.

    Attributes:
        others: further keys of the owner's, with whose they are.
    """

    def __init__(self) -> None:
        self.ended: dict[str, asyncio.Event] = {}
        self.others: dict[str, str] = {}

    async def by_cookie(self, token: str) -> tuple[Caller, str]:
        """Nobody has a cookie here."""
        raise Unauthorized("Sign in first.")

    async def by_key(self, key: str) -> Caller:
        """Return whose key this is."""
        people = {OWNER: ("owner", SCOPES), BOB: ("bob", ("chat", "read")), POOR: ("poor", ())}
        people[TALKS] = ("owner", ("chat",))
        people |= {other: (person, SCOPES) for other, person in self.others.items()}
        if key not in people:
            raise Unauthorized("This key is not known.")
        person, scopes = people[key]
        role = "owner" if person == "owner" else "member"
        return Caller(person, person, role, "key", frozenset(scopes), key)  # type: ignore[arg-type]

    @contextmanager
    def watched(self, login: str) -> Iterator[asyncio.Event]:
        """Return an event that is set once a login has ended."""
        yield self.ended.setdefault(login, asyncio.Event())


@dataclass
class House:
    """The server.

    Attributes:
        stand: its Redis servers.
        url: where it listens.
        settings: its settings.
    """

    stand: Stand
    url: str
    settings: Settings
    runtime: Runtime
    modules: Modules
    known: Known
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    @property
    def port(self) -> int:
        """Its port."""
        return int(self.url.rpartition(":")[2])

    async def type(self, text: str, session: str) -> str:
        """Say something at the terminal; return its turn."""
        name = new_id()
        ingress = self.stand.ingress(gateway=gateway(self.settings, "terminal"))
        return (await ingress.accept(received(name, session, text), name)).id

    def client(self, key: str = OWNER) -> httpx.AsyncClient:
        """Return a client with a key."""
        found = httpx.AsyncClient(base_url=self.url, headers={"X-API-Key": key}, timeout=30)
        self.clients.append(found)
        return found

    async def say(self, text: str, session: str | None = None, key: str = OWNER) -> dict[str, Any]:
        """Say something; return the receipt."""
        body = {"text": text, **({"session": session} if session else {})}
        said = await self.client(key).post("/api/chat", json=body)
        assert said.status_code == 202, said.text
        found: dict[str, Any] = said.json()
        return found

    def watch(
        self, session: str, cursor: str = "", key: str = OWNER
    ) -> AbstractAsyncContextManager[Eyes]:
        """Watch a conversation as a browser does."""
        headers = {"Last-Event-ID": cursor} if cursor else {}
        return watching(self.client(key), f"/api/chat/{session}/stream", headers)


@dataclass
class Event:
    """One server-sent event."""

    id: str
    name: str
    data: dict[str, Any]


class Eyes:
    """What a browser sees of a stream.

    Attributes:
        events: all that came.
        board: what it shows.
        cursor: of the last event with an id.
        headers: of the answer.
    """

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.headers = response.headers
        self.events: list[Event] = []
        self.board = Board("-")
        self.cursor = ""
        self._came = parse(response.aiter_raw())

    async def next(self, seconds: float = 20, *, show: bool = True) -> Event:
        """Return the next event."""
        async with asyncio.timeout(seconds):
            event = await anext(self._came)
        self.events.append(event)
        self.cursor = event.id or self.cursor
        if show:
            shown(self, event)
        return event

    async def until(self, name: str, seconds: float = 20, **fields: Any) -> Event:
        """Read up to an event of this name with these fields."""
        async with asyncio.timeout(seconds):
            while True:
                event = await self.next(seconds)
                if event.name == name and fields.items() <= event.data.items():
                    return event

    async def done(self, turn: str, seconds: float = 20) -> Turn:
        """Read until a turn is over, and return it as it is shown."""
        await self.until("turn", seconds, id=turn)
        found = self.board.get(turn)
        assert found is not None
        return found

    def text(self, turn: str, step: int = 0) -> str:
        """Return the text of a step as it is shown."""
        found = self.board.get(turn)
        assert found is not None
        return next(one.text for one in found.steps if one.step == step)


def shown(eyes: Eyes, event: Event) -> None:
    """Show an event as a browser does."""
    match event.name:
        case "snapshot":
            snapshot = Snapshot.model_validate(event.data)
            eyes.board = Board(snapshot.session, snapshot.turns)
        case "turn":
            eyes.board.replace(Turn.model_validate(event.data))
        case _:
            eyes.board.apply(live_events.validate_python(event.data))


async def parse(chunks: AsyncIterator[bytes]) -> AsyncIterator[Event]:
    """Read server-sent events."""
    buffer = b""
    async for chunk in chunks:
        buffer += chunk
        while b"\n\n" in buffer:
            block, _, buffer = buffer.partition(b"\n\n")
            lines = [line.partition(": ") for line in block.decode().split("\n")]
            found = {name: value for name, _, value in lines}
            if "event" in found:
                yield Event(found.get("id", ""), found["event"], orjson.loads(found["data"]))


@asynccontextmanager
async def watching(
    client: httpx.AsyncClient, path: str, headers: Mapping[str, str], **more: Any
) -> AsyncIterator[Eyes]:
    """Open a stream."""
    async with client.stream(more.pop("method", "GET"), path, headers=headers, **more) as response:
        if response.status_code != 200:
            await response.aread()
        yield Eyes(response)


def free_port() -> int:
    """Return a port that nobody has at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


@asynccontextmanager
async def house(
    stand: Stand,
    folder: Path,
    script: Script = play,
    *,
    journal: bool = True,
    streams: StreamsSettings = QUICK,
    tools: tuple[Tool, ...] = (),
) -> AsyncIterator[House]:
    """Run a server until the end of the block, with further tools."""
    settings = settings_of(stand, folder, {})
    model = Scripted(script)
    more = More(tools=tools)
    given = {**resources(settings, more=more), Mind: Mind({"flash": model, "opus": model}, "flash")}
    runtime = Runtime(
        STAGES,
        url=stand.servers.durable_url(),
        live_url=stand.servers.live_url(),
        consumer=f"test-{new_id()}",
        settings=streams,
        keyring=keyring(settings),
        resources=given,
    )
    async with AsyncExitStack() as stack:
        for topic in ("dead", "events"):
            await ensure_group(stand.redis, f"nexus:{topic}", "desk")
        if journal:
            await stack.enter_async_context(writing(stand, settings))
        await runtime.start()
        stack.push_async_callback(runtime.drain)
        site, ending, known = Site(), asyncio.Event(), Known()
        modules = Modules(Handed(settings, runtime, (), site))
        stack.push_async_callback(modules.close)
        port = free_port()
        served = app(modules.endpoints, Gate(known, site), site, ending)
        listener = Listener("127.0.0.1", port, served, ending)
        await listener.start()
        stack.push_async_callback(listener.stop)
        found = House(stand, f"http://127.0.0.1:{port}", settings, runtime, modules, known)
        try:
            yield found
        finally:
            for client in found.clients:
                await client.aclose()


@asynccontextmanager
async def writing(stand: Stand, settings: Settings) -> AsyncIterator[None]:
    """Write the journal until the end of the block."""
    tail = Tail(stand.servers.durable_url("journal"), f"journal-{new_id()}")
    engine = databases.connect(database.address(settings))
    stop = asyncio.Event()
    journal = Journal(
        tail,
        engine,
        secrets.audit_key(settings.root),
        Redactor(()),
        settings.journal,
        keyring=keyring(settings),
    )
    running = asyncio.create_task(journal.run(stop))
    try:
        yield
    finally:
        stop.set()
        await running
        await engine.dispose()
        await tail.close()
