"""Ten messages a second with random kills: nothing grows, nothing stands still."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import psutil
import uvloop

from bench.crowd import Crowd, crowd
from bench.pipeline import quantile
from bench.progress import say
from ops import runstate
from ops.chaos.system import System
from streams import keys
from streams.roles import TOPICS
from streams.store import text

RATE = 10.0
DELAY = [0.0, 0.4]
"""Seconds that the model thinks, so that kills meet work."""
SESSIONS = 40
COPIES = 3
"""Processes that run all stages; the last is never killed, so that a slow leak shows there."""
KILL_EVERY = (5.0, 15.0)
SAMPLE_EVERY = 2.0
LOOK_EVERY = 20.0
WARM_SHARE, YOUNG_SECONDS = 0.25, 30.0
"""This part of the run, and this much of each process's life, is warming up."""
GRACE = 60.0
"""Seconds after the last message in which all must have their end."""
COUNTS = {"list": "llen", "hash": "hlen", "set": "scard", "zset": "zcard", "stream": "xlen"}
ENDINGS = (keys.OPEN, keys.CALLS, keys.MAILBOX, keys.TURNS_OF)

Sample = tuple[float, str, int, float]
"""When, the process's name, its number, its memory in MB."""


def slope(points: list[tuple[float, float]]) -> float:
    """Return the slope of the least-squares line through `points`; 0 for fewer than two."""
    if len(points) < 2:
        return 0.0
    middle = sum(x for x, _ in points) / len(points)
    spread = sum((x - middle) ** 2 for x, _ in points)
    return sum((x - middle) * y for x, y in points) / spread if spread else 0.0


def slope_within(lives: list[list[tuple[float, float]]]) -> float:
    """Return the slope that several lives have in common, whatever height each began at."""
    points: list[tuple[float, float]] = []
    for life in lives:
        x, y = (sum(values) / len(life) for values in zip(*life, strict=True))
        points += [(at - x, value - y) for at, value in life]
    return slope(points)


class Scale:
    """Weighs every process of a server.

    Args:
        server: whose.
    """

    def __init__(self, server: System) -> None:
        self._server = server
        self.samples: list[Sample] = []
        self._began = time.monotonic()

    async def weigh(self) -> None:
        """Weigh again and again, until cancelled."""
        while True:
            self.samples += self._now()
            await asyncio.sleep(SAMPLE_EVERY)

    def _now(self) -> Iterator[Sample]:
        at, found = time.monotonic() - self._began, runstate.read(self._server.root)
        named = {name: child.get("pid") for name, child in found.get("children", {}).items()}
        for name, pid in (*named.items(), ("supervisor", found.get("pid"))):
            try:
                rss = psutil.Process(pid).memory_info().rss if pid else 0
            except psutil.NoSuchProcess:
                continue
            if rss:
                yield at, name, int(pid), rss / 1e6

    def total(self, since: float) -> float:
        """Return the slope of all processes together, in MB per hour.

        A process that was just killed is no saving: moments in which one is missing or young
        do not count.
        """
        moments: dict[float, float] = defaultdict(float)
        members: Counter[float] = Counter()
        for at, _, _, rss in self._grown():
            moments[at] += rss
            members[at] += 1
        whole = max(members.values(), default=0)
        return 3_600 * slope(
            [(at, rss) for at, rss in moments.items() if at > since and members[at] == whole]
        )

    def each(self, since: float) -> dict[str, float]:
        """Return the slope of each process within its lives, in MB per hour."""
        lives: dict[str, dict[int, list[tuple[float, float]]]] = defaultdict(dict)
        for at, name, pid, rss in self._grown():
            if at > since:
                lives[name].setdefault(pid, []).append((at, rss))
        return {
            name: round(3_600 * slope_within(list(found.values())), 1)
            for name, found in sorted(lives.items())
        }

    def _grown(self) -> Iterator[Sample]:
        born: dict[int, float] = {}
        for sample in self.samples:
            at, _, pid, _ = sample
            if at - born.setdefault(pid, at) >= min(YOUNG_SECONDS, self.samples[-1][0] / 8):
                yield sample


class Shelf:
    """Looks how much of what Redis keeps.

    Args:
        server: whose.

    Attributes:
        longest: topic → its greatest length so far.
    """

    def __init__(self, server: System) -> None:
        self._redis = server.redis
        self.longest: Counter[str] = Counter()

    async def look(self) -> None:
        """Look at the topics again and again, until cancelled."""
        while True:
            for topic in TOPICS:
                length = int(await self._redis.xlen(keys.topic(topic)))
                self.longest[topic] = max(self.longest[topic], length)
            await asyncio.sleep(SAMPLE_EVERY)

    async def families(self) -> dict[str, dict[str, int]]:
        """Return the kinds of keys: how many there are, and the most elements in one."""
        found: dict[str, dict[str, int]] = {}
        async for key in self._redis.scan_iter(match=f"{keys.PREFIX}[a-z]*", count=1_000):
            kind = text(await self._redis.type(key))
            count = COUNTS.get(kind)
            size = int(await getattr(self._redis, count)(key)) if count else 1
            one = found.setdefault(family(text(key)), {"keys": 0, "longest": 0})
            one["keys"] += 1
            one["longest"] = max(one["longest"], size)
        return dict(sorted(found.items(), key=lambda item: -item[1]["keys"]))

    async def consumers(self) -> int:
        """Return how many consumers the largest group has."""
        most = 0
        for topic in TOPICS:
            for group in await self._redis.xinfo_groups(keys.topic(topic)):
                most = max(most, int(group["consumers"]))
        return most

    async def used_mb(self) -> float:
        """Return how much memory Redis says it uses."""
        return int((await self._redis.info("memory"))["used_memory"]) / 1e6


def family(key: str) -> str:
    """Return what kind of key it is: its name without the part that is one of many."""
    name = key.removeprefix(keys.PREFIX)
    head, colon, rest = name.partition(":")
    ending = next((one for one in ENDINGS if rest.endswith(one)), "")
    return f"{head}{colon}{'*' if colon else ''}{ending}"


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
    """Send ten messages a second, each from some session; who hears a no comes back later."""
    loop = asyncio.get_running_loop()
    began, number, tasks = loop.time(), 0, set[asyncio.Task[None]]()
    while loop.time() - began < seconds:
        task = asyncio.create_task(_surely(people, f"s{chance.randrange(SESSIONS)}", f"m{number}"))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        number += 1
        await asyncio.sleep(max(0.0, began + number / RATE - loop.time()))
    await asyncio.gather(*tasks)


async def _surely(people: Crowd, session: str, key: str) -> None:
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
        scale, shelf, over = Scale(server), Shelf(server), asyncio.Event()
        before = await shelf.used_mb()
        eyes = [asyncio.create_task(scale.weigh()), asyncio.create_task(shelf.look())]
        killer = asyncio.create_task(kill(server, random.Random(seed + 1), over))
        sender = asyncio.create_task(send(people, chance, minutes * 60))
        while not sender.done():
            await asyncio.wait(
                (sender, killer, *eyes), timeout=LOOK_EVERY, return_when="FIRST_COMPLETED"
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
        warm = minutes * 60 * WARM_SHARE
        verdict, families = people.verdict(), await shelf.families()
        topic, most = shelf.longest.most_common(1)[0]
        return {
            "minutes": minutes,
            "rss_slope_mb_per_h": round(scale.total(warm), 1),
            "longest_stream": most,
            "stuck": people.waiting,
            "messages": verdict.accepted,
            "refused": people.refused,
            "duplicated": verdict.duplicated,
            "inversions": verdict.inversions,
            "dead": verdict.dead,
            "kills": kills,
            "kills_that_hit": hits,
            "p50_ms": round(quantile(list(people.answered.values()), 0.5) * 1e3, 1),
            "p95_ms": round(quantile(list(people.answered.values()), 0.95) * 1e3, 1),
            "seed": seed,
            "longest_topic": topic,
            "topics": dict(shelf.longest),
            "rss_slopes_mb_per_h": scale.each(warm),
            "redis_bytes_per_message": round(
                1e6 * (await shelf.used_mb() - before) / max(1, verdict.accepted)
            ),
            "consumers": await shelf.consumers(),
            "families": families,
            "files": {
                folder: sum(1 for one in (server.root / folder).rglob("*") if one.is_file())
                for folder in ("boxes", "runs", "logs")
            },
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
    ("growth of all processes, Redis too", "rss_slope_mb_per_h", "", "", "MB/h"),
    ("the longest stream", "longest_stream", "", "", ""),
    ("from the offer to the whole reply, p50", "p50_ms", "", "", "ms"),
    ("from the offer to the whole reply, p95", "p95_ms", "", "", "ms"),
)
"""The table for people: what, ours, the floor's, the ratio, the unit."""
