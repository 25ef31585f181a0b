"""One message through six topics, against the floor on the same Redis."""

from __future__ import annotations

import asyncio
import gc
import statistics
import time
from hashlib import sha256
from operator import itemgetter
from typing import Any

import uvloop
from redis.asyncio import Redis

from bench import floor
from bench.private import Urls, durable_redis
from bench.progress import say
from ops import logs
from schemas.chat import Admitted, Answer, Call, Received, Reply, Think
from schemas.record import Asked, Observed, Routed, Said, ToolCall
from streams import functions
from streams.accept import Ingress
from streams.entry import Provenance
from streams.record import TurnRecord
from streams.runtime import Runtime
from streams.settings import StreamsSettings
from streams.sign import Gateway, Keyring
from streams.stage import stage

GATEWAY = Gateway("bench", b"k" * 32, frozenset({"bench"}))


class Arrivals:
    """Where the last stage reports."""

    def __init__(self) -> None:
        self.waiting: dict[str, asyncio.Future[float]] = {}
        self.count = 0
        self.expected = 0
        self.all_in = asyncio.Event()


@stage(commit="admit", lane="")
async def admit(received: Received, record: TurnRecord, source: Provenance) -> Admitted:
    """Start the turn."""
    record.add(
        Asked(text=received.text, person=received.person, channel="bench", chat="c", profile="full")
    )
    return Admitted.after(received, id=received.id, turn=received.id)


@stage()
async def route(turn: Admitted, record: TurnRecord) -> list[Call]:
    """Call one tool directly."""
    call = sha256(f"{turn.turn}:0:0".encode()).hexdigest()[:32]
    record.add(
        Routed(way="direct", tier="flash", calls=(ToolCall(call_id=call, tool="t", arguments={}),))
    )
    return [Call.after(turn, id=call, turn=turn.turn, step=0, index=0, tool="t", tier="flash")]


@stage(reads=32, commit="settle", lane="id")
async def tool(call: Call, record: TurnRecord) -> Think:
    """Observe something."""
    record.add(Observed(step=0, index=0, call_id=call.id, tool="t", ok=True, content="x" * 200))
    return Think.after(call, id=f"{call.turn}:think:1", turn=call.turn, step=1, tier="flash")


@stage()
async def think(due: Think, record: TurnRecord) -> Answer:
    """Say what was observed."""
    record.add(Said(text=record.observed(0)[0].content, outcome="answered"))
    return Answer.after(due, id=f"{due.turn}:answer", turn=due.turn, outcome="answered")


@stage(commit="finish")
async def respond(answer: Answer, record: TurnRecord) -> Reply:
    """Reply."""
    said = record.said
    assert said is not None
    return Reply.after(
        answer,
        id=f"{answer.turn}:reply:0",
        turn=answer.turn,
        chat=record.asked.chat,
        part=0,
        parts=1,
        text=said.text,
        outcome="answered",
    )


@stage(lane="chat")
async def deliver(reply: Reply, arrivals: Arrivals) -> None:
    """Arrive."""
    arrivals.count += 1
    waiting = arrivals.waiting.pop(reply.turn, None)
    if waiting is not None:
        waiting.set_result(time.perf_counter())
    if arrivals.count >= arrivals.expected:
        arrivals.all_in.set()


STAGES = (admit, route, tool, think, respond, deliver)


def _received(name: str, session: str) -> Received:
    return Received(
        id=name,
        trace=name,
        session=session,
        person="owner",
        channel="bench",
        chat="c",
        text="x" * 350,
    )


def _runtime(url: str, arrivals: Arrivals, number: int) -> Runtime:
    return Runtime(
        STAGES,
        url=url,
        live_url=url,
        consumer=f"bench-{number}",
        settings=StreamsSettings(backlog=1_000_000),
        keyring=Keyring({"bench": GATEWAY}),
        resources={Arrivals: arrivals},
    )


async def measure(url: str, singles: int, backlog: int) -> dict[str, Any]:
    """Measure the pipeline on `url`, whose Redis has the functions and is otherwise empty."""
    arrivals = Arrivals()
    runtime = _runtime(url, arrivals, 1)
    await runtime.start()
    ingress = Ingress(runtime.redis, GATEWAY, StreamsSettings(backlog=1_000_000))

    async def one(number: int) -> float:
        name = f"m{number}"
        arrival = asyncio.get_running_loop().create_future()
        arrivals.waiting[name] = arrival
        await ingress.accept(_received(name, f"s{number % 100}"), name)
        accepted = time.perf_counter()
        return float(await arrival) - accepted

    for number in range(100):
        await one(number)
    latencies = [await one(100 + number) for number in range(singles)]
    await runtime.drain()

    runtime = _runtime(url, arrivals, 2)
    ingress = Ingress(runtime.redis, GATEWAY, StreamsSettings(backlog=1_000_000))
    arrivals.expected = arrivals.count + backlog
    for at in range(0, backlog, 100):
        await asyncio.gather(
            *(
                ingress.accept(_received(f"b{n}", f"s{n}"), f"b{n}")
                for n in range(at, min(at + 100, backlog))
            )
        )
    arrivals.all_in.clear()
    used, began = floor.cpu(), time.perf_counter()
    await runtime.start()
    await arrivals.all_in.wait()
    took = time.perf_counter() - began
    cpu = floor.cpu() - used
    await runtime.drain()
    return {
        "latencies": latencies,
        "chains_per_s": backlog / took,
        "cpu_us_per_chain": cpu / backlog * 1e6,
    }


def quantile(values: list[float], share: float) -> float:
    """Return a quantile of `values`, in their unit."""
    return statistics.quantiles(values, n=1000)[int(share * 1000) - 1]


async def one_round(urls: Urls, singles: int, backlog: int) -> dict[str, float]:
    """Measure the floor and then ours on the same, emptied Redis."""
    await _empty(urls)
    floor_latencies, floor_rate, floor_cpu = await floor.measure(urls.floor, singles, backlog)
    await _empty(urls)
    found = await measure(urls.core, singles, backlog)
    floor_p50 = quantile(floor_latencies, 0.5) * 1e3
    p50 = quantile(found["latencies"], 0.5) * 1e3
    return {
        "p50_ms": p50,
        "p99_ms": quantile(found["latencies"], 0.99) * 1e3,
        "floor_p50_ms": floor_p50,
        "p50_ratio": p50 / floor_p50,
        "chains_per_s": found["chains_per_s"],
        "floor_chains_per_s": floor_rate,
        "throughput_ratio": found["chains_per_s"] / floor_rate,
        "cpu_us_per_chain": found["cpu_us_per_chain"],
        "floor_cpu_us_per_chain": floor_cpu * 1e6,
        "cpu_ratio": found["cpu_us_per_chain"] / (floor_cpu * 1e6),
    }


async def _empty(urls: Urls) -> None:
    client: Redis = Redis.from_url(urls.floor)
    await client.flushall()
    await client.aclose()
    # Both begin with a settled heap, and with the collector as a worker has it.
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


async def run(
    urls: Urls, singles: int = 1_000, backlog: int = 5_000, rounds: int = 5
) -> dict[str, Any]:
    """Return the middle one of some rounds; in each, floor and ours take turns.

    Each ratio is told with the figures of its own round, so that they agree.

    Args:
        urls: a private Redis with every role and a user for the floor.
        singles: messages sent one at a time.
        backlog: messages that wait when the readers start.
        rounds: how often.
    """
    boot: Redis = Redis.from_url(urls.boot)
    await functions.load(boot)
    await boot.aclose()
    found = []
    for number in range(rounds):
        found.append(await one_round(urls, singles, backlog))
        say(
            f"round {number + 1} of {rounds}: latency {found[-1]['p50_ratio']:.2f} of the floor's, "
            f"throughput {found[-1]['throughput_ratio']:.2f}"
        )
    middle = {
        key: sorted(found, key=itemgetter(ratio))[len(found) // 2][key]
        for ratio, keys in TOGETHER.items()
        for key in (*keys, ratio)
    }
    whole = {"chains_per_s", "floor_chains_per_s", "cpu_us_per_chain", "floor_cpu_us_per_chain"}
    digits = {"p50_ratio": 2, "throughput_ratio": 2, "cpu_ratio": 2}
    return {
        key: round(value) if key in whole else round(value, digits.get(key, 3))
        for key, value in middle.items()
    }


def main(*, quick: bool) -> dict[str, Any]:
    """Measure on a Redis of our own."""
    logs.configure("warning")
    sizes = (200, 1_000, 1) if quick else (1_000, 5_000, 5)
    with durable_redis() as urls:
        return uvloop.run(run(urls, *sizes))


TOGETHER = {
    "p50_ratio": ("p50_ms", "p99_ms", "floor_p50_ms"),
    "throughput_ratio": ("chains_per_s", "floor_chains_per_s"),
    "cpu_ratio": ("cpu_us_per_chain", "floor_cpu_us_per_chain"),
}
"""Each ratio, and what belongs to it."""
ROWS = (
    ("one message, from accepted to `outbox`, p50", "p50_ms", "floor_p50_ms", "p50_ratio", "ms"),
    (
        "chains per second, one process",
        "chains_per_s",
        "floor_chains_per_s",
        "throughput_ratio",
        "",
    ),
    ("one message, p99", "p99_ms", "", "", "ms"),
    ("worker CPU per chain", "cpu_us_per_chain", "floor_cpu_us_per_chain", "cpu_ratio", "µs"),
)
"""The table for people: what, ours, the floor's, the ratio, the unit."""
