"""One message through six topics, against the floor on the same Redis."""

from __future__ import annotations

import asyncio
import resource
import statistics
import time
from hashlib import sha256
from typing import Any

from bench import floor
from schemas.chat import Admitted, Answer, Call, Received, Reply, Think
from schemas.record import Asked, Observed, Routed, Said, ToolCall
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


@stage(reads=16, commit="settle", lane="id")
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
    used, began = _cpu(), time.perf_counter()
    await runtime.start()
    await arrivals.all_in.wait()
    took = time.perf_counter() - began
    cpu = _cpu() - used
    await runtime.drain()
    return {
        "latencies": latencies,
        "chains_per_s": backlog / took,
        "cpu_us_per_chain": cpu / backlog * 1e6,
    }


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def quantile(values: list[float], share: float) -> float:
    """Return a quantile of `values`, in their unit."""
    return statistics.quantiles(values, n=1000)[int(share * 1000) - 1]


async def run(url: str, singles: int = 1_000, backlog: int = 5_000) -> dict[str, Any]:
    """Return the figures of performance: pipeline, floor, and their ratio in this run."""
    floor_latencies, floor_rate = await floor.measure(url, singles, backlog)
    found = await measure(url, singles, backlog)
    floor_p50 = quantile(floor_latencies, 0.5) * 1e3
    p50 = quantile(found["latencies"], 0.5) * 1e3
    return {
        "p50_ms": round(p50, 3),
        "p99_ms": round(quantile(found["latencies"], 0.99) * 1e3, 3),
        "floor_p50_ms": round(floor_p50, 3),
        "p50_ratio": round(p50 / floor_p50, 2),
        "chains_per_s": round(found["chains_per_s"]),
        "floor_chains_per_s": round(floor_rate),
        "throughput_ratio": round(found["chains_per_s"] / floor_rate, 2),
        "cpu_us_per_chain": round(found["cpu_us_per_chain"]),
    }
