"""A thousand clients of one conversation: from the event's sending to its arrival at each."""

from __future__ import annotations

import asyncio
import gc
import json
import re
import resource
import time
from contextlib import AsyncExitStack
from typing import Any, cast

import psutil
import uvloop
from redis.asyncio import Redis

from bench.pipeline import quantile
from bench.private import by_hand
from bench.progress import say
from ops import logs
from ops.addresses import url
from ops.chaos.system import System, system
from ops.chaos.visitor import Visitor, with_key
from ops.chaos.waiting import soon
from schemas.feed import Stepped, Token
from streams.live import LiveFeed
from streams.store import connect

TURN = "measured"
SENT = re.compile(rb'"text":\s*"sent ([0-9.]+)"')
"""When an event was sent; what answers the question that began the conversation has none."""


class Follower(asyncio.Protocol):
    """One client that looks for nothing but times: it must cost less than what it measures.

    Args:
        request: what it asks for.
        waits: gets the seconds from each sending to its arrival here.
    """

    def __init__(self, request: bytes, waits: list[float]) -> None:
        self._request = request
        self._waits = waits
        self._rest = b""
        self.begun = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        cast("asyncio.WriteTransport", transport).write(self._request)

    def data_received(self, data: bytes) -> None:
        """Take down when it came."""
        came = time.perf_counter()
        *blocks, self._rest = (self._rest + data).split(b"\n\n")
        for block in blocks:
            if sent := SENT.search(block):
                self._waits.append(came - float(sent[1]))
            elif b"event: snapshot" in block and not self.begun.done():
                self.begun.set_result(None)


class Clients:
    """Many clients, and when each event came to each of them."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    async def join(self, stack: AsyncExitStack, visitor: Visitor, session: str, count: int) -> None:
        """Have some more clients follow."""
        request = visitor.request("GET", f"/api/chat/{session}/stream")
        loop = asyncio.get_running_loop()
        for _ in range(count):
            line, one = await loop.create_connection(
                lambda: Follower(request, self.waits), "127.0.0.1", visitor.port
            )
            stack.callback(line.close)
            await asyncio.wait_for(one.begun, 20)

    async def all_came(self, count: int) -> None:
        """Wait until so many deliveries were made."""
        await soon(lambda: len(self.waits) >= count, 120)


async def ours(one: System, clients: int, rate: float, events: int) -> dict[str, Any]:
    """Measure our own server."""
    visitor = await with_key(one.settings)
    session = (await visitor.ask("POST", "/api/chat", {"text": "what time is it?"}))["session"]
    feed = LiveFeed(connect(url(one.settings, "live", "live")))
    core = psutil.Process(await soon(lambda: one.pid("core")))
    crowd = Clients()
    async with AsyncExitStack() as stack:
        await crowd.join(stack, visitor, session, clients)
        feed.send(session, Stepped(turn=TURN, step=0, model="m"))
        used, began = sum(core.cpu_times()[:2]), time.perf_counter()
        for number in range(events):
            await asyncio.sleep(began + number / rate - time.perf_counter())
            feed.send(session, Token(turn=TURN, step=0, text=f"sent {time.perf_counter()}"))
        await crowd.all_came(clients * events)
        took = time.perf_counter() - began
        cpu = sum(core.cpu_times()[:2]) - used
    await visitor.close()
    return {
        "clients": clients,
        "events_per_s": rate,
        "p50_ms": round(quantile(crowd.waits, 0.5) * 1e3, 2),
        "p99_ms": round(quantile(crowd.waits, 0.99) * 1e3, 2),
        "cpu_share": round(cpu / took, 2),
        "cpu_us_per_delivery": round(cpu / (clients * events) * 1e6, 1),
    }


async def by_hands(clients: int, rate: float, events: int) -> float:
    """Return the median, in ms, of what is written by hand."""
    async with by_hand() as (port, where), AsyncExitStack() as stack:
        redis: Redis = Redis.from_url(where)
        crowd = Clients()
        await crowd.join(stack, Visitor(port, {}), "s", clients)
        began = time.perf_counter()
        for number in range(events):
            await asyncio.sleep(began + number / rate - time.perf_counter())
            data = json.dumps({"text": f"sent {time.perf_counter()}"})
            await redis.xadd("floor:events", {"e": data})
        await crowd.all_came(clients * events)
        await redis.aclose()
    return round(quantile(crowd.waits, 0.5) * 1e3, 2)


async def run(clients: int, rate: float, seconds: float) -> dict[str, Any]:
    """Measure the floor, then ours."""
    events = int(rate * seconds)
    floor = await by_hands(clients, rate, events)
    say(f"by hand: p50 {floor} ms")
    async with system() as one:
        found = {**await ours(one, clients, rate, events), "floor_p50_ms": floor}
    found["p50_ratio"] = round(found["p50_ms"] / floor, 2)
    say(f"{clients} clients: p50 {found['p50_ms']} ms, p99 {found['p99_ms']} ms")
    return found


def main(*, quick: bool) -> dict[str, Any]:
    """Measure on servers of our own."""
    logs.configure("warning")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    gc.set_threshold(100_000, 20, 20)
    return uvloop.run(run(1_000, 20.0, 3.0 if quick else 20.0))


ROWS = (
    ("from sending to arrival at 1,000 clients, p50", "p50_ms", "floor_p50_ms", "p50_ratio", "ms"),
    ("the same, p99", "p99_ms", "", "", "ms"),
    ("CPU of the server per delivery", "cpu_us_per_delivery", "", "", "µs"),
)
"""The table for people: what, ours, the floor's, the ratio, the unit."""
