"""Weighs a running server: its processes, its two Redis, its files, the keys it keeps."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import psutil

from bench.slope import Point, Slope, growth, together
from ops import runstate
from ops.addresses import url
from ops.chaos.system import System
from streams import keys
from streams.allowances import TOPICS
from streams.store import connect, text

SAMPLE_EVERY = 2.0
COUNT_EVERY = 20.0
MB = 1e6
COUNTS = {"list": "llen", "hash": "hlen", "set": "scard", "zset": "zcard", "stream": "xlen"}
ENDINGS = (keys.OPEN, keys.CALLS, keys.MAILBOX, keys.TURNS_OF)


class Scale:
    """Weighs every process of a server, and what it leaves on the disk.

    Args:
        server: whose.

    Attributes:
        seconds: tells how long it has been weighed.
        series: (what, of whom) → the readings in MB: `rss` and `pss` of a process,
            `used_memory` of a Redis, `file` of what is written.
    """

    def __init__(self, server: System) -> None:
        self._server = server
        self._began = time.monotonic()
        self._pids: dict[str, int] = {}
        self._replaced: set[str] = set()
        self._servers = {
            "durable": server.redis,
            "live": connect(url(server.settings, "live", "live")),
        }
        self.series: dict[tuple[str, str], list[Point]] = defaultdict(list)

    def seconds(self) -> float:
        """Return how long it has been weighed."""
        return time.monotonic() - self._began

    async def weigh(self) -> None:
        """Weigh again and again, until cancelled."""
        while True:
            at = self.seconds()
            for what, name, value in self._processes():
                self.series[what, name].append((at, value))
            for name, redis in self._servers.items():
                used = int((await redis.info("memory"))["used_memory"])
                self.series["used_memory", name].append((at, used / MB))
            for path in self._server.root.glob("journal.db*"):
                self.series["file", path.name].append((at, path.stat().st_size / MB))
            await asyncio.sleep(SAMPLE_EVERY)

    async def close(self) -> None:
        """Close what it opened."""
        await self._servers["live"].aclose()

    def lasting(self) -> list[str]:
        """Return the processes that were never replaced: whoever is killed is always warming up."""
        return sorted(self._pids.keys() - self._replaced)

    def growth(self, since: float) -> dict[str, dict[str, Slope]]:
        """Return how everything grew after a moment: what → of whom → its slope."""
        found: dict[str, dict[str, Slope]] = defaultdict(dict)
        for (what, name), points in sorted(self.series.items()):
            if name not in self._replaced:
                found[what][name] = growth(points, since)
        return found

    def total(self, since: float) -> Slope:
        """Return how the resident memory of all lasting processes together grew."""
        return growth(together([self.series["rss", name] for name in self.lasting()]), since)

    def _processes(self) -> Iterator[tuple[str, str, float]]:
        found = runstate.read(self._server.root)
        named = {name: child.get("pid") for name, child in found.get("children", {}).items()}
        for name, pid in (*named.items(), ("supervisor", found.get("pid"))):
            if not pid:
                continue
            try:
                memory = psutil.Process(pid).memory_full_info()
            except psutil.NoSuchProcess:
                continue
            if self._pids.setdefault(name, pid) != pid:
                self._replaced.add(name)
            yield "rss", name, memory.rss / MB
            yield "pss", name, memory.pss / MB


class Shelf:
    """Counts what the durable Redis keeps.

    Args:
        server: whose.
        seconds: tells the time.

    Attributes:
        longest: topic → its greatest length so far.
        counted: kind of key → (when, how many).
    """

    def __init__(self, server: System, seconds: Callable[[], float]) -> None:
        self._redis = server.redis
        self._seconds = seconds
        self.longest: Counter[str] = Counter()
        self.counted: dict[str, list[Point]] = defaultdict(list)

    async def look(self) -> None:
        """Look at the topics, and now and then at all keys, until cancelled."""
        counted_at = 0.0
        while True:
            for topic in TOPICS:
                length = int(await self._redis.xlen(keys.topic(topic)))
                self.longest[topic] = max(self.longest[topic], length)
            if self._seconds() - counted_at >= COUNT_EVERY:
                counted_at = self._seconds()
                kinds = Counter([family(key) async for key in self._keys()])
                for kind in kinds.keys() | self.counted.keys():
                    self.counted[kind].append((counted_at, kinds[kind]))
            await asyncio.sleep(SAMPLE_EVERY)

    async def families(self) -> dict[str, dict[str, int]]:
        """Return the kinds of keys: how many, the most elements in one, how many never expire."""
        found: dict[str, dict[str, int]] = {}
        async for key in self._keys():
            kind = text(await self._redis.type(key))
            count = COUNTS.get(kind)
            size = int(await getattr(self._redis, count)(key)) if count else 1
            one = found.setdefault(family(key), {"keys": 0, "longest": 0, "endless": 0})
            one["keys"] += 1
            one["longest"] = max(one["longest"], size)
            one["endless"] += int(await self._redis.ttl(key)) == -1
        return dict(sorted(found.items(), key=lambda item: -item[1]["keys"]))

    async def consumers(self) -> int:
        """Return how many consumers the largest group has."""
        most = 0
        for topic in TOPICS:
            for group in await self._redis.xinfo_groups(keys.topic(topic)):
                most = max(most, int(group["consumers"]))
        return most

    async def _keys(self) -> Any:
        async for key in self._redis.scan_iter(match=f"{keys.PREFIX}[a-z]*", count=1_000):
            yield text(key)


def family(key: str) -> str:
    """Return what kind of key it is: its name without the part that is one of many."""
    name = key.removeprefix(keys.PREFIX)
    head, colon, rest = name.partition(":")
    ending = next((one for one in ENDINGS if rest.endswith(one)), "")
    return f"{head}{colon}{'*' if colon else ''}{ending}"
