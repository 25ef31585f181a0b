"""Ten messages a second with random kills: nothing grows, nothing stands still."""

from __future__ import annotations

import asyncio
import os
import random
from typing import Any

import uvloop

from bench.crowd import Crowd, crowd
from bench.pipeline import quantile
from bench.progress import say
from bench.scale import Scale, Shelf
from bench.slope import growth
from ops.addresses import url
from ops.chaos.system import System
from streams import keys
from streams.live import KEPT_EVENTS
from streams.store import connect

RATE = 10.0
DELAY = [0.0, 0.4]
"""Seconds that the model thinks, so that kills meet work."""
SESSIONS = 8
"""So few that all that is kept of a session reaches its bound while we warm up, but for its live
feed: that one is filled before."""
COPIES = 3
"""Processes that run all stages; the last is never killed, so that a slow leak shows there."""
KILL_EVERY = (5.0, 15.0)
SAY_EVERY = 20.0
WARM_SECONDS, WARM_SHARE = 180.0, 0.5
"""So long, but no more than this part of the run, everything is warming up and does not count."""
GRACE = 60.0
"""Seconds after the last message in which all must have their end."""


async def fill(server: System, people: Crowd) -> None:
    """Let each session's live feed be as long as it may become, of the events of a real turn."""
    await people.offer("s0", "first")
    await people.settled(GRACE)
    live = connect(url(server.settings, "live", "live"))
    found: Any = await live.xrange(keys.live("s0"))
    said = [event for _, event in found]
    for session in range(SESSIONS):
        for _ in range(KEPT_EVENTS // len(said) + 1):
            async with live.pipeline(transaction=False) as sent:
                for event in said:
                    sent.xadd(keys.live(f"s{session}"), event, maxlen=KEPT_EVENTS)
                await sent.execute()
    await live.aclose()


async def kill(server: System, chance: random.Random, over: asyncio.Event) -> tuple[int, int]:
    """Kill workers until it is over; return how many, and how many of them held something."""
    kills = hits = 0
    while True:
        try:
            async with asyncio.timeout(chance.uniform(*KILL_EVERY)):
                await over.wait()
            return kills, hits
        except TimeoutError:
            hits += await server.kill(chance.choice(server.workers()[: COPIES - 1])) > 0
            kills += 1


async def send(people: Crowd, chance: random.Random, seconds: float) -> None:
    """Send ten messages a second, each from some session; who hears a no comes back later.

    A session sends one after the other, or nobody could say in which order they came.
    """
    loop = asyncio.get_running_loop()
    began, number, tasks = loop.time(), 0, set[asyncio.Task[None]]()
    lines = [asyncio.Lock() for _ in range(SESSIONS)]
    while loop.time() - began < seconds:
        one = chance.randrange(SESSIONS)
        task = asyncio.create_task(_surely(people, lines[one], f"s{one}", f"m{number}"))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        number += 1
        await asyncio.sleep(max(0.0, began + number / RATE - loop.time()))
    await asyncio.gather(*tasks)


async def _surely(people: Crowd, line: asyncio.Lock, session: str, key: str) -> None:
    async with line:
        while True:
            wait = await people.offer(session, key)
            if not wait:
                return
            await asyncio.sleep(wait)


async def run(minutes: float, seed: int) -> dict[str, Any]:
    """Soak a server for so many minutes.

    Args:
        minutes: how long.
        seed: of the kills and the sessions.
    """
    chance = random.Random(seed)
    say(f"seed {seed}")
    async with crowd(copies=COPIES, delay=DELAY) as (server, people):
        await fill(server, people)
        scale = Scale(server)
        shelf, over = Shelf(server, scale.seconds), asyncio.Event()
        eyes = [asyncio.create_task(scale.weigh()), asyncio.create_task(shelf.look())]
        killer = asyncio.create_task(kill(server, random.Random(seed + 1), over))
        sender = asyncio.create_task(send(people, chance, minutes * 60))
        while not sender.done():
            await asyncio.wait(
                (sender, killer, *eyes), timeout=SAY_EVERY, return_when="FIRST_COMPLETED"
            )
            say(f"{len(people.offered)} accepted, {people.waiting} waiting")
            for task in (killer, *eyes):
                if task.done():
                    task.result()
        await sender
        over.set()
        kills, hits = await killer
        await people.settled(GRACE)
        for task in eyes:
            task.cancel()
        await asyncio.gather(*eyes, return_exceptions=True)
        await scale.close()
        return {"minutes": minutes, "seed": seed, "kills": kills, "kills_that_hit": hits} | {
            **_growth(scale, shelf, min(WARM_SECONDS, minutes * 60 * WARM_SHARE)),
            **_messages(people),
            "longest_stream": max(shelf.longest.values()),
            "topics": dict(shelf.longest),
            "consumers": await shelf.consumers(),
            "families": await shelf.families(),
            "files": {
                folder: sum(1 for one in (server.root / folder).rglob("*") if one.is_file())
                for folder in ("boxes", "runs", "logs")
            },
        }


def _growth(scale: Scale, shelf: Shelf, warm: float) -> dict[str, Any]:
    """Return what grew after the warm-up; each slope beside its standard error."""
    total, error = scale.total(warm).per_hour()
    return {
        "rss_slope_mb_per_h": total,
        "rss_slope_error_mb_per_h": error,
        "warm_up_s": warm,
        "growth_mb_per_h": {
            what: {name: slope.per_hour() for name, slope in found.items()}
            for what, found in scale.growth(warm).items()
        },
        "keys_per_h": {
            kind: growth(points, warm).per_hour()
            for kind, points in sorted(shelf.counted.items())
            if kind.endswith("*") or " " in kind
        },
    }


def _messages(people: Crowd) -> dict[str, Any]:
    """Return what became of the messages."""
    verdict, took = people.verdict(), list(people.answered.values())
    return {
        "stuck": people.waiting,
        "messages": verdict.accepted,
        "refused": people.refused,
        "duplicated": verdict.duplicated,
        "inversions": verdict.inversions,
        "dead": verdict.dead,
        "p50_ms": round(quantile(took, 0.5) * 1e3, 1),
        "p95_ms": round(quantile(took, 0.95) * 1e3, 1),
    }


def main(*, quick: bool, minutes: float | None = None) -> dict[str, Any]:
    """Soak for ten minutes, or one."""
    return uvloop.run(
        run(minutes or (1.0 if quick else 10.0), int.from_bytes(os.urandom(4), "big"))
    )


ROWS = (
    ("minutes", "minutes", "", "", ""),
    ("messages", "messages", "", "", ""),
    ("kills", "kills", "", "", ""),
    ("accepted, and without an end", "stuck", "", "", ""),
    ("growth after warming up, all that was not killed", "rss_slope_mb_per_h", "", "", "MB/h"),
    ("its standard error", "rss_slope_error_mb_per_h", "", "", "MB/h"),
    ("the longest stream", "longest_stream", "", "", ""),
    ("from the offer to the whole reply, p50", "p50_ms", "", "", "ms"),
    ("from the offer to the whole reply, p95", "p95_ms", "", "", "ms"),
)
"""The table for people: what, ours, the floor's, the ratio, the unit."""
