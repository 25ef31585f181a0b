"""Floor A1: what a careful engineer would write by hand, without any framework.

A redis-py asyncio loop (hiredis, uvloop) that reads one entry with XREADGROUP, validates it
with pydantic, XADDs it to the next topic, XACKs it. Six topics, one loop each. It has no fence,
no retry, no order, no recovery: everything the pipeline costs beyond it is the price of those.
"""

from __future__ import annotations

import asyncio
import resource
import time
from typing import Any

from pydantic import BaseModel
from redis.asyncio import Redis

TOPICS = ("inbox", "route", "think", "tool", "respond", "outbox")


class Note(BaseModel):
    """A typed message of about 500 bytes."""

    id: str
    trace: str
    session: str
    person: str
    channel: str
    text: str


class Floor:
    """The six loops.

    Args:
        url: a Redis of their own.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._clients: list[Redis] = []
        self._tasks: list[asyncio.Task[None]] = []
        self.arrived: dict[str, asyncio.Future[float]] = {}
        self.count = 0
        self.all_in = asyncio.Event()
        self.expected = 0
        self._stopping = False

    async def start(self) -> None:
        """Make the groups and read."""
        for at, topic in enumerate(TOPICS):
            client: Redis = Redis.from_url(self._url)
            self._clients.append(client)
            await client.xgroup_create(f"floor:{topic}", topic, id="0", mkstream=True)
            following = TOPICS[at + 1] if at + 1 < len(TOPICS) else None
            self._tasks.append(asyncio.create_task(self._loop(client, topic, following)))

    async def _loop(self, client: Redis, topic: str, following: str | None) -> None:
        stream = f"floor:{topic}"
        while not self._stopping:
            found: Any = await client.xreadgroup(topic, "one", {stream: ">"}, count=1, block=4000)
            if not found:
                continue
            entry, fields = found[0][1][0]
            note = Note.model_validate_json(fields[b"data"])
            if following is not None:
                await client.xadd(f"floor:{following}", {"data": note.model_dump_json()})
            else:
                self.count += 1
                waiting = self.arrived.pop(note.id, None)
                if waiting is not None:
                    waiting.set_result(time.perf_counter())
                if self.count >= self.expected:
                    self.all_in.set()
            await client.xack(stream, topic, entry)

    async def one(self, client: Redis, number: int) -> float:
        """Send one message; return the seconds from its acceptance to its arrival."""
        note = _note(f"m{number}", number)
        arrival = asyncio.get_running_loop().create_future()
        self.arrived[note.id] = arrival
        await client.xadd("floor:inbox", {"data": note.model_dump_json()})
        accepted = time.perf_counter()
        return float(await arrival) - accepted

    async def stop(self) -> None:
        """End the loops."""
        self._stopping = True  # redis-py may swallow a cancellation that meets a reply
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for client in self._clients:
            await client.aclose()


def _note(name: str, number: int) -> Note:
    return Note(
        id=name,
        trace=name,
        session=f"s{number % 100}",
        person="owner",
        channel="bench",
        text="x" * 380,
    )


def cpu() -> float:
    """Return the seconds of CPU that this process has used."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def measure(url: str, singles: int, backlog: int) -> tuple[list[float], float, float]:
    """Measure the floor.

    Returns:
        the latencies of `singles` messages (s), the chains per second of `backlog`, and the
        CPU time that each of those took (s).
    """
    client: Redis = Redis.from_url(url)
    floor = Floor(url)
    await floor.start()
    for number in range(50):
        await floor.one(client, number)
    latencies = [await floor.one(client, number) for number in range(singles)]
    await floor.stop()

    floor = Floor(url)
    async with client.pipeline(transaction=False) as pipe:
        for number in range(backlog):
            pipe.xadd("floor:inbox", {"data": _note(f"b{number}", number).model_dump_json()})
        await pipe.execute()
    floor.expected = backlog
    await client.delete(*[f"floor:{t}" for t in TOPICS[1:]])
    await client.xgroup_destroy("floor:inbox", "inbox")
    await client.xtrim("floor:inbox", maxlen=backlog, approximate=False)
    used, began = cpu(), time.perf_counter()
    await floor.start()
    await floor.all_in.wait()
    rate = backlog / (time.perf_counter() - began)
    spent = (cpu() - used) / backlog
    await floor.stop()
    await client.aclose()
    return latencies, rate, spent
