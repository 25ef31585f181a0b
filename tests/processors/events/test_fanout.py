"""Events that several servers want: each gets every one once, in order, whoever else is away."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any, Self

import orjson
import pytest

from gateways.channels.board import Board
from gateways.hooks.base import Sent
from gateways.hooks.generic import signed
from gateways.internet.address import Allowed
from gateways.internet.post import Post
from processors.events.forward import Poster, Secrets, forward
from processors.events.order import Order
from processors.events.react import react
from processors.events.rules import Rulebook, Rules
from processors.events.trail import Trails
from processors.events.types import Types
from streams.sign import Gateway
from tests.processors.events.test_react import Kept
from tests.processors.events.told import happened
from tests.stand import GATEWAY, Stand, soon

OWN = Gateway("rules", b"r" * 32, frozenset({"rules", "events"}))
SECRET = b"a-secret-of-some-length"
COUNT = 60


class Known:
    """One source."""

    def secret(self, name: str) -> bytes | None:
        return SECRET if name == "there" else None


class Subscriber:
    """Another server: away, slow, or unwell for a while; it knows a repeat by its key."""

    def __init__(self, *, slow: float = 0.0, busy: int = 0) -> None:
        self.slow, self.busy = slow, busy
        self.asked = 0
        self.got: list[int] = []
        self.keys: list[str] = []
        self.forged = 0
        self._server: asyncio.Server | None = None
        self.port = 0

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def shut(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.shut()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii").split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, colon, value in (line.partition(":") for line in head[1:])
            if colon
        }
        body = await reader.readexactly(int(headers["content-length"]))
        self.asked += 1
        await asyncio.sleep(self.slow)
        status = b"503 Busy" if self.asked <= self.busy else b"204 Taken"
        if status.startswith(b"2"):
            self.forged += not signed(Sent(headers, body, SECRET))
            self.keys.append(headers["idempotency-key"])
            self.got.append(orjson.loads(body)["data"]["n"])
        writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")
        writer.close()


def book(*ports: int) -> Rulebook:
    rules = [
        {
            "name": f"to-{at}", "on": "disk.full", "do": "forward", "sign": "there",
            "to": f"http://tea.example:{port}/in", "per_minute": 6_000,
        }
        for at, port in enumerate(ports)
    ]  # fmt: skip
    return Rulebook(Rules.model_validate({"rules": rules}))


async def tell(stand: Stand, numbers: range) -> None:
    door = stand.ingress()
    for number in numbers:
        event = happened(name=f"e{number}", n=number).model_copy(update={"channel": "terminal"})
        await door.accept(event, f"k{number}")


async def _handed(stand: Stand) -> bool:
    rows = await stand.tester.xinfo_groups("nexus:events")
    return all(row["lag"] == 0 and row["pending"] == 0 for row in rows)


@pytest.mark.timeout(120)
async def test_each_gets_every_event_once_in_order_with_a_name_for_it(stand: Stand) -> None:
    quick, slow = Subscriber(), Subscriber(slow=0.02)
    away, unwell = Subscriber(), Subscriber(busy=12)
    everyone = (quick, slow, away, unwell)

    async def resolve(host: str, port: int) -> tuple[str, ...]:
        return ("127.0.0.1",)

    async with AsyncExitStack() as stack:
        for one in everyone:
            await stack.enter_async_context(one)
        await away.shut()
        ports = tuple(one.port for one in everyone)
        resources = {
            Rulebook: book(*ports), Types: Types(), Board: Kept(), Secrets: Known(),
            Poster: Post(Allowed(("tea.example",), ports, resolve), 5),
            Order: Order(), Trails: Trails(b"a" * 32),
        }  # fmt: skip
        with_all: dict[str, Any] = {"resources": resources, "gateways": (GATEWAY, OWN)}
        await stand.groups(react, forward)
        async with stand.running(react, forward, **with_all):
            await tell(stand, range(COUNT - 20))
            heard = (quick, slow, unwell)
            await soon(lambda: all(len(one.got) == COUNT - 20 for one in heard), 60)
        # The process ends, others come, and what they find on the topic is newer than what it held.
        async with stand.running(react, **with_all):
            await tell(stand, range(COUNT - 20, COUNT))
            await soon(lambda: _handed(stand), 20)
        async with stand.running(forward, **with_all):
            await soon(lambda: all(len(one.got) == COUNT for one in heard), 30)
            assert away.got == []
            assert await stand.letters() == [], "it is waited for, and nothing is given up"
            await away.open()
            await soon(lambda: len(away.got) == COUNT, 30)
    for one in everyone:
        assert one.got == list(range(COUNT))
        assert len(set(one.keys)) == COUNT
        assert one.forged == 0
    assert len({key for one in everyone for key in one.keys}) == 4 * COUNT
