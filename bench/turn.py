"""A whole chat turn with a model that answers at once: from POST to the first token at a client."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import uvloop

from bench.pipeline import quantile
from bench.private import by_hand
from bench.progress import say
from ops import logs
from ops.chaos.system import System, system
from ops.chaos.visitor import Event, Visitor, with_key
from ops.chaos.waiting import soon
from ops.plan import Child


def model(root: Path) -> tuple[Child, ...]:
    """Return the model server's process."""
    argv = (sys.executable, "-P", "-m", "bench.instant", str(root / "model.sock"))
    return (Child(name="model", argv=argv),)


async def first(events: AsyncIterator[Event], turn: str) -> float:
    """Return when the first piece of a turn's answer came."""
    async for event in events:
        if event.name == "token" and event.json()["turn"] == turn:
            return time.perf_counter()
    raise ConnectionResetError("the stream ended")


async def over(events: AsyncIterator[Event], turn: str) -> None:
    """Read until a turn is over."""
    async for event in events:
        if event.name == "turn" and event.json()["id"] == turn:
            return


async def measure(one: System, turns: int) -> dict[str, Any]:
    """Measure on a fresh server."""
    visitor = await with_key(one.settings)
    begun = await visitor.ask("POST", "/api/chat", {"text": "hello"})
    session, waits, accepted = begun["session"], list[float](), list[float]()
    core = psutil.Process(await soon(lambda: one.pid("core")))
    async with visitor.following(session) as events:
        await anext(events)
        for number in range(-20, turns):
            if number == 0:
                used = sum(core.cpu_times()[:2])
            began = time.perf_counter()
            said = await visitor.ask("POST", "/api/chat", {"text": "hello", "session": session})
            taken = time.perf_counter()
            came = await first(events, said["turn"])
            await over(events, said["turn"])
            if number >= 0:
                waits.append(came - began)
                accepted.append(taken - began)
        cpu = (sum(core.cpu_times()[:2]) - used) / turns
    await visitor.close()
    return {
        "p50_ms": round(quantile(waits, 0.5) * 1e3, 2),
        "p99_ms": round(quantile(waits, 0.99) * 1e3, 2),
        "n": turns,
        "accepted_p50_ms": round(quantile(accepted, 0.5) * 1e3, 2),
        "cpu_ms": round(cpu * 1e3, 2),
    }


async def measure_floor(port: int, turns: int) -> float:
    """Return the median, in ms, of what is written by hand: no model, no record, no recovery."""
    visitor, waits = Visitor(port, {}), list[float]()
    async with visitor.following("s") as events:
        await anext(events)
        for number in range(-20, turns):
            began = time.perf_counter()
            said = await visitor.ask("POST", "/api/chat", {"text": "hello", "session": "s"})
            came = await first(events, said["turn"])
            if number >= 0:
                waits.append(came - began)
    await visitor.close()
    return round(quantile(waits, 0.5) * 1e3, 2)


async def run(turns: int) -> dict[str, Any]:
    """Measure on a server of its own."""
    async with by_hand() as (port, _):
        floor = await measure_floor(port, turns)
    models = dict.fromkeys(("flash", "haiku", "sonnet", "opus"), "lines:{root}/model.sock")
    async with system(models=models, more=model) as one:
        await soon((one.root / "model.sock").exists)
        found = {**await measure(one, turns), "floor_p50_ms": floor}
        found["p50_ratio"] = round(found["p50_ms"] / floor, 2)
        say(f"{found['n']} turns: p50 {found['p50_ms']} ms, {found['cpu_ms']} ms of CPU each")
        return found


def main(*, quick: bool) -> dict[str, Any]:
    """Measure on a server of our own."""
    logs.configure("warning")
    gc.set_threshold(100_000, 20, 20)
    return uvloop.run(run(100 if quick else 500))


ROWS = (
    ("from POST to the first token, p50", "p50_ms", "floor_p50_ms", "p50_ratio", "ms"),
    ("the same, p99", "p99_ms", "", "", "ms"),
    ("from POST to its 202, p50", "accepted_p50_ms", "", "", "ms"),
    ("CPU of the server per turn", "cpu_ms", "", "", "ms"),
)
"""The table for people: what, ours, the floor's, the ratio, the unit."""
