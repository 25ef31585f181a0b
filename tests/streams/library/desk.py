"""A committer's desk: speaks to the server functions item by item, as the runtime does."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

from schemas.base import new_id
from schemas.record import Observed
from streams import keys
from streams.broker import ensure_group
from streams.recovery import release
from streams.store import Argument, fcall
from tests.stand import Stand

Item = list[Argument]


PAIRS = {
    "inbox": "admit", "route": "route", "think": "think", "tool": "tool",
    "respond": "respond", "outbox": "deliver", "control": "steer",
}  # fmt: skip


class Desk(Stand):
    """Speaks to the functions as a committer does, item by item."""

    async def open(self) -> None:
        for topic, group in PAIRS.items():
            await ensure_group(self.redis, keys.topic(topic), group)

    async def put(self, topic: str, data: str = "{}") -> str:
        entry: Any = await self.tester.xadd(keys.topic(topic), {"data": data})
        return str(entry.decode())

    async def read(self, topic: str, consumer: str = "a", count: int = 100) -> list[str]:
        found: Any = await self.redis.xreadgroup(
            PAIRS[topic], consumer, {keys.topic(topic): ">"}, count=count
        )
        return [row.decode() for _, rows in found for row, _ in rows]

    async def held(self, topic: str, consumer: str = "a") -> str:
        """One entry that `consumer` owns."""
        await self.put(topic)
        return (await self.read(topic, consumer))[-1]

    async def commit(
        self, function: str, topic: str, *items: Item, consumer: str = "a", token: str = ""
    ) -> list[str]:
        answers = await fcall(
            self.redis,
            function,
            *(topic, PAIRS[topic], consumer, token or new_id(), len(items)),
            *itertools.chain(*items),
            key=keys.topic(topic),
        )
        return [answer.decode() for answer in answers]

    async def begin(self, turn: str = "t", session: str = "s", consumer: str = "a") -> str:
        """Admit a turn; return the entry of `route` that starts it, read by `consumer`."""
        await self.lead(consumer)
        entry = await self.held("inbox", consumer)
        item = admit(entry, turn, session)
        (answer,) = await self.commit("admit", "inbox", item, consumer=consumer)
        assert answer.startswith("OK ")
        return (await self.read("route", consumer))[0]

    async def lead(self, consumer: str = "a", *, life: int = 5_000, alone: int = 0) -> str:
        found = await fcall(self.redis, "lead", "inbox", "admit", consumer, life, alone)
        return str(found.decode())

    async def reclaim(
        self,
        topic: str,
        consumer: str = "b",
        lease: str = "",
        most: int = 100,
        source: str = "",
        after: str = "",
        ago: int = 0,
    ) -> list[tuple[str, str]]:
        """Return (entry, generation) of what was taken.

        Args:
            ago: the time since the caller's last round, in ms.
        """
        seconds, micros = await self.tester.time()
        seen = seconds * 1000 + micros // 1000 - ago if ago else 1 << 50
        _, _, rows = await fcall(
            *(self.redis, "reclaim", consumer, lease, seen, source),
            *(1, topic, PAIRS[topic], most, after),
        )
        return [(row[1].decode(), row[2].decode()) for row in rows]

    async def age(self, topic: str, entry: str, consumer: str, ms: int = 60_000) -> None:
        """Make an entry look as if its owner had been silent for long."""
        await self.tester.xclaim(
            keys.topic(topic), PAIRS[topic], consumer, 0, [entry], idle=ms, justid=True
        )

    async def release(self, topic: str, consumer: str, *started: str) -> tuple[int, int]:
        return await release(
            self.redis, consumer, [(topic, PAIRS[topic])], [(topic, entry) for entry in started]
        )

    async def record(self, turn: str = "t") -> list[str]:
        rows: Any = await self.tester.lrange(keys.turn(turn), 0, -1)
        return [row.decode() for row in rows]


def hop(
    entry: str,
    turn: str = "",
    *,
    generation: int | str = 0,
    facts: tuple[str, ...] = (),
    sent: tuple[tuple[str, str], ...] = (),
    opened: tuple[str, ...] = (),
    spent: tuple[Argument, ...] = (),
) -> Item:
    head = [entry, generation, turn, len(facts), *facts, *_sent(sent)]
    return [*head, len(opened), *opened, len(spent), *spent]


def settle(
    entry: str,
    called: str,
    *,
    turn: str = "t",
    facts: tuple[str, ...] = (),
    sent: tuple[tuple[str, str], ...] = (),
    state: str = "",
    spent: tuple[Argument, ...] = (),
) -> Item:
    return [entry, 0, turn, len(facts), *facts, *_sent(sent), called, state, len(spent), *spent]


def redriven(
    letter: str, topic: str, data: str, *, turn: str = "", length: int = 0, called: str = ""
) -> Item:
    facts = ("sent on",) if turn else ()
    session = "s" if turn else ""
    return [topic, turn, session, length, "", len(facts), *facts, 1, letter, data, "", "", called]


def admit(
    entry: str,
    turn: str = "",
    session: str = "s",
    *,
    once: str = "",
    room: int = 100,
    generation: int = 0,
    sent: tuple[tuple[str, str], ...] | None = None,
) -> Item:
    sent = (("route", f"start {turn}"),) if sent is None else sent
    return [entry, generation, once, 60, turn, session, room, 1, f"asked {turn}", *_sent(sent)]


def finish(
    entry: str, turn: str = "t", session: str = "s", *, chosen: str = "", fresh: str = "0"
) -> Item:
    sent = (("outbox", f"reply {turn}"),)
    return [entry, 0, turn, session, 1, f"said {turn}", *_sent(sent), chosen, fresh]


def _sent(sent: tuple[tuple[str, str], ...]) -> list[Argument]:
    return [len(sent), *itertools.chain(*sent)]


THINK = (("think", "go on"),)


def accept(
    key: str,
    name: str,
    digest: str = "d",
    *,
    session: str = "s",
    room: int = 100,
    backlog: int = 10_000,
) -> list[Argument]:
    return ["web", key, digest, 60, "data", "sig", name, session, backlog, room]


def command(key: str, name: str = "stop", *, person: str = "owner", size: int = 4) -> Item:
    return ["web", key, "d", 60, "x" * size, "sig", name, person]


async def opened(desk: Desk, calls: int, turn: str = "t") -> list[str]:
    """Begin a turn and open `calls` calls; return their entries on `tool`."""
    entry = await desk.begin(turn, session=f"s-{turn}")
    sent = tuple(("tool", f"call {n}") for n in range(calls))
    names = tuple(f"c{n}" for n in range(calls))
    await desk.commit("hop", "route", hop(entry, turn, sent=sent, opened=names))
    return await desk.read("tool")


def observed(called: str) -> str:
    """What a call brought back, as a record has it."""
    return Observed(
        at=1, step=0, index=0, call_id=called, tool="t", ok=True, content="x"
    ).model_dump_json()


async def halt(desk: Desk, turn: str = "t") -> list[str]:
    entry = await desk.held("control")
    return await desk.commit("halt", "control", hop(entry, turn, sent=(("respond", "stopped"),)))


def bury(entry: str, turn: str = "t", *, ends: int = 0, told: str = "respond") -> Item:
    return [entry, 0, turn, "s", ends, "", "why", 1, told, "told"]


async def file(desk: Desk) -> list[tuple[str, ...]]:
    """Do what the clerk does; return what there was to file."""
    rows = await fcall(desk.redis, "unfiled", 20, *PAIRS)
    found = [tuple(one.decode() for one in (*row[:3], row[4])) for row in rows]
    words = [
        word for topic, group, entry, _ in found for word in (topic, group, entry, "t", "letter")
    ]
    assert await fcall(desk.redis, "file", len(found), *words) == len(found)
    return found


async def beat(
    desk: Desk, topic: str, *items: tuple[Argument, ...], consumer: str = "a"
) -> list[str]:
    answers = await fcall(
        desk.redis, "beat", topic, PAIRS[topic], consumer, len(items), *itertools.chain(*items)
    )
    return [answer.decode() for answer in answers]


async def soon_retired(desk: Desk) -> int:
    """Retire with the shortest silence; the clock needs a millisecond to show it."""
    async with asyncio.timeout(30):
        while True:
            gone = int(await fcall(desk.redis, "retire", 0, 1, "think", "think"))
            if gone:
                return gone


def happened(key: str, name: str, digest: str = "d") -> tuple[str | int, ...]:
    """The arguments of `tell`."""
    return ("web", key, digest, 60, "{}", "web:sig", name)
