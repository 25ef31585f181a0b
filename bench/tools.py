"""One GREEN call through the whole pipeline, and the prompt of a "ping" beside sixty tools.

The call is said as a person says it, `!count_up`, and goes six topics: accepted, admitted, routed,
run, worded, delivered. The floor is the function itself and two hops of the floor of `pipeline`:
there and back, which is what somebody writes by hand who wants a tool run elsewhere. What the call
adds to a turn is measured too: the same turn without it goes four topics.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import uvloop
from redis.asyncio import Redis

from bench import floor
from bench.pipeline import Arrivals, deliver, quantile
from bench.private import Urls, durable_redis
from bench.progress import say
from gateways.channels.base import Channels
from gateways.llm.base import Attachments, Request
from gateways.llm.scripted import Scripted, Step
from ops import logs
from ops.attachments import Attached
from processors.agent import prompt, toolbox
from processors.agent.compact import size
from processors.agent.mind import Mind
from processors.agent.people import People
from processors.agent.sizes import tokens_of, tokens_of_tool
from processors.agent.turns import Limits
from processors.memory.recall import Recall
from processors.pipeline import MET
from processors.tools.builtin.finding import tools_find
from processors.tools.declare import Tool, tool
from processors.tools.registry import Registry
from schemas.chat import Received
from schemas.record import Asked
from schemas.tools import Tier, ToolResult
from streams import functions
from streams.accept import Ingress
from streams.record import TurnRecord
from streams.runtime import Runtime
from streams.settings import StreamsSettings
from streams.sign import Gateway, Keyring

GATEWAY = Gateway("terminal", b"k" * 32, frozenset({"terminal"}))
TOOLS = 60
HOPS = len(floor.TOPICS)


@tool(tier=Tier.GREEN, timeout=5)
async def count_up(number: int = 0) -> ToolResult:
    """Return the number after a number."""
    return ToolResult(text=f"{number + 1} comes next.", data={"next": number + 1})


def _another(number: int) -> Tool:
    async def act(
        name: str, path: str = "", lines: int = 20, recursive: bool = False
    ) -> ToolResult:
        """Look at one of the many parts of this house, and say how it is.

        Names are those that the list shows. It changes nothing, and takes a moment.
        """
        return ToolResult(text=f"{name} {path} {lines} {recursive}")

    act.__name__ = f"house_part{number}"
    return tool(tier=Tier.GREEN, timeout=5, examples=("how is the attic",))(act)


def registry() -> Registry:
    """Return sixty tools."""
    others = (_another(number) for number in range(TOOLS - 2))
    return Registry((count_up, tools_find, *others))


def ping(tools: Registry) -> int:
    """Return how many tokens a model reads that is asked "ping"."""
    limits = Limits()
    asked = Asked(text="ping", person="owner", channel="terminal", chat="c", profile="full")
    record = TurnRecord("t", (asked,))
    request = Request(
        exchanges=prompt.exchanges(record, (), room=limits.context),
        system=prompt.SYSTEM,
        offered=toolbox.offered(tools.specs("full"), record, (), limits.tools),
    )
    said = sum(map(size, request.exchanges)) + tokens_of(request.system)
    return said + sum(map(tokens_of_tool, request.shown))


async def one_round(urls: Urls, calls: int, number: int) -> dict[str, float]:
    """Measure the floor and then ours, on the same emptied Redis."""
    await _empty(urls)
    hops, _, _ = await floor.measure(urls.floor, calls, 1)
    await _empty(urls)
    with_call, without = await _ours(urls, calls, number)
    alone = []
    for at in range(calls):
        began = time.perf_counter()
        await count_up(number=at)
        alone.append(time.perf_counter() - began)
    floor_ms = (statistics.median(alone) + quantile(hops, 0.5) / HOPS * 2) * 1e3
    call_ms = quantile(with_call, 0.5) * 1e3
    added_ms = call_ms - quantile(without, 0.5) * 1e3
    return {
        "call_ms": call_ms,
        "floor_ms": floor_ms,
        "ratio": call_ms / floor_ms,
        "p99_ms": quantile(with_call, 0.99) * 1e3,
        "added_ms": added_ms,
        "added_ratio": added_ms / floor_ms,
    }


async def _ours(urls: Urls, calls: int, number: int) -> tuple[list[float], list[float]]:
    """Return how long turns with a call took, and turns without, in turns."""
    arrivals = Arrivals()
    with tempfile.TemporaryDirectory() as folder:
        runtime = _runtime(urls, arrivals, number, Path(folder))
        await runtime.start()
        ingress = Ingress(runtime.redis, GATEWAY, StreamsSettings())

        async def one(name: str, text: str) -> float:
            arrival = asyncio.get_running_loop().create_future()
            arrivals.waiting[name] = arrival
            await ingress.accept(_received(name, text), name)
            accepted = time.perf_counter()
            return float(await arrival) - accepted

        for at in range(50):
            await one(f"w{at}", "!count_up 1")
        with_call, without = [], []
        for at in range(calls):
            with_call.append(await one(f"c{at}", f"!count_up {at}"))
            without.append(await one(f"n{at}", "/model"))
        await runtime.drain()
    return with_call, without


async def _empty(urls: Urls) -> None:
    bare: Redis = Redis.from_url(urls.floor)
    await bare.flushall()
    await bare.aclose()
    gc.collect()


async def run(urls: Urls, calls: int = 1_000, rounds: int = 3) -> dict[str, Any]:
    """Return the medians of some rounds.

    Args:
        urls: a private pair with every role, and a user for the floor.
        calls: one after the other, in each round.
        rounds: how often.
    """
    boot: Redis = Redis.from_url(urls.boot)
    await functions.load(boot)
    await boot.aclose()
    found = []
    for number in range(rounds):
        found.append(await one_round(urls, calls, number))
        say(f"round {number + 1} of {rounds}: a call {found[-1]['ratio']:.2f} of the floor's")
    middle = {key: round(statistics.median(one[key] for one in found), 3) for key in found[0]}
    return {**middle, "ping_prompt_tokens": ping(registry()), "tools": TOOLS}


def _runtime(urls: Urls, arrivals: Arrivals, number: int, folder: Path) -> Runtime:
    stages = tuple(deliver if stage.name == "deliver" else stage for stage in MET)
    return Runtime(
        stages,
        url=urls.core,
        live_url=urls.live,
        consumer=f"tools-{number}",
        settings=StreamsSettings(),
        keyring=Keyring({"terminal": GATEWAY}),
        resources={
            Arrivals: arrivals,
            People: People(),
            Channels: Channels(),
            Mind: Mind({"flash": Scripted((Step(text="done"),))}, "flash"),
            Limits: Limits(),
            Registry: registry(),
            Attachments: Attached(folder),
            Recall: Recall(),
        },
    )


def _received(name: str, text: str) -> Received:
    return Received(
        id=name,
        trace=name,
        session="bench",
        person="owner",
        channel="terminal",
        chat="c",
        text=text,
    )


def main(*, quick: bool) -> dict[str, Any]:
    """Measure on a Redis of our own."""
    logs.configure("warning")
    gc.set_threshold(100_000, 20, 20)
    with durable_redis(live=True) as urls:
        return uvloop.run(run(urls, *((100, 1) if quick else (1_000, 3))))


ROWS = (
    ("one GREEN call, from accepted to `outbox`, p50", "call_ms", "floor_ms", "ratio", "ms"),
    ("what it adds to its turn, p50", "added_ms", "floor_ms", "added_ratio", "ms"),
    ("one GREEN call, p99", "p99_ms", "", "", "ms"),
    ("the prompt of a ping", "ping_prompt_tokens", "", "", "tokens"),
)
"""The table for people: what, ours, the floor's, the ratio, the unit."""
