"""From an event to its rule's first tool call: published, reacted to, admitted, routed, run.

A whole server of its own, with the journal on. Events are told at a steady rate, each at its own
time, whether those before it are through or not.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import psutil
import uvloop

from bench.pipeline import quantile
from bench.progress import say
from ops import logs
from ops.chaos.system import System, system
from ops.chaos.waiting import Late, soon
from schemas.base import new_id
from schemas.desk import Happened

RULES = """
- {name: mark, on: bench.tick, when: data.n >= 0, do: run tool, tool: bench_mark,
   per_minute: 60000, with: {number: "{data.n}"}}
"""
PATIENCE = 60.0
"""Seconds after the last event in which a call counts."""
WARM = 50


def told(number: int) -> Happened:
    """Return one event."""
    name = new_id()
    return Happened(
        id=name,
        trace=name,
        session="bench",
        person="owner",
        channel="terminal",
        type="bench.tick",
        data={"n": number},
    )


def marks(file: Path) -> list[tuple[int, float]]:
    """Return which events' calls ran, and when."""
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return [(int(number), int(at) / 1e9) for number, at in (line.split() for line in lines)]


async def measure(one: System, count: int, rate: float) -> dict[str, Any]:
    """Tell so many events at a rate, and look when their calls ran."""
    file = one.root / "marks"
    began: dict[int, float] = {}

    async def publish(number: int) -> None:
        began[number] = time.time()
        await one.ingress.accept(told(number), f"n{number}")

    for number in range(count, count + WARM):
        await publish(number)
    await soon(lambda: len(marks(file)) >= WARM, PATIENCE)
    core = psutil.Process(await soon(lambda: one.pid("core")))
    used = sum(core.cpu_times()[:2])
    loop = asyncio.get_running_loop()
    start, tasks = loop.time(), []
    for number in range(count):
        await asyncio.sleep(max(0.0, start + number / rate - loop.time()))
        tasks.append(asyncio.create_task(publish(number)))
    await asyncio.gather(*tasks)
    took = loop.time() - start
    try:
        await soon(lambda: len({n for n, _ in marks(file)}) >= count + WARM, PATIENCE)
    except Late:
        say("not all of them ran in time")
    cpu = (sum(core.cpu_times()[:2]) - used) / count
    ran = [(number, at) for number, at in marks(file) if number < count]
    first: dict[int, float] = {}
    for number, at in ran:
        first.setdefault(number, at)
    waits = [at - began[number] for number, at in first.items()]
    return {
        "rate": round(count / took, 1),
        "p50_ms": round(quantile(waits, 0.5) * 1e3, 2),
        "p99_ms": round(quantile(waits, 0.99) * 1e3, 2),
        "lost": count - len(first),
        "duplicated": len(ran) - len(first),
        "n": count,
        "cpu_ms": round(cpu * 1e3, 2),
    }


async def run(count: int, rate: float = 100.0) -> dict[str, Any]:
    """Measure on a server of its own."""
    async with system(module="bench.marker") as one:
        folder = one.root / "events"
        folder.mkdir(exist_ok=True)
        (folder / "rules.yaml").write_text(RULES)
        found = await measure(one, count, rate)
        p99, cpu = found["p99_ms"], found["cpu_ms"]
        say(f"{count} events at {found['rate']}/s: p99 {p99} ms, {cpu} ms of CPU each")
        return found


def main(*, quick: bool) -> dict[str, Any]:
    """Tell 3,000 events at 100 a second, or 300."""
    logs.configure("warning")
    return uvloop.run(run(300 if quick else 3_000))


ROWS = (
    ("events a second", "rate", "", "", ""),
    ("from told to the first tool call, p50", "p50_ms", "", "", "ms"),
    ("the same, p99", "p99_ms", "", "", "ms"),
    ("CPU of the core per event", "cpu_ms", "", "", "ms"),
    ("not acted on", "lost", "", "", ""),
    ("acted on twice", "duplicated", "", "", ""),
)
"""The table for people: what, ours, the floor's, the ratio, the unit."""
