"""The doors close before a bound is reached, say why, and open again by themselves."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from schemas.base import new_id
from streams import functions, gauge, keys, pressure, tail
from streams.accept import Accepted, Closed, Ingress
from streams.allowances import STREAMS
from streams.gauge import Gauge
from streams.pressure import Pressure
from streams.settings import StreamsSettings
from streams.store import connect
from streams.tail import Seal, Tail
from tests.redis_server import RedisPair, private_redis
from tests.stand import GATEWAY, received, soon

MB = 1 << 20


@pytest.fixture(scope="module")
def small() -> Iterator[RedisPair]:
    with private_redis(live=False, maxmemory_mb=16) as pair:
        yield pair


class Door:
    """A gateway's door, and hands to fill what is behind it."""

    def __init__(self, servers: RedisPair, monkeypatch: pytest.MonkeyPatch) -> None:
        self.core: Any = Redis.from_url(servers.durable_url("core"))
        self.gateway = connect(servers.durable_url("terminal"))
        self.watch = Pressure(self.core)
        self.ingress = Ingress(self.gateway, GATEWAY, StreamsSettings())
        self.tail = Tail(servers.durable_url("journal"), "writer")
        self.count = 0
        monkeypatch.setattr(pressure, "FRESH", 0.0)

    async def accept(self) -> Accepted:
        # What the watching process does every second.
        await self.watch.enforce()
        name = new_id()
        return await self.ingress.accept(received(name), name)

    async def fill(self, part: float) -> None:
        while (await self.core.info("memory"))["used_memory"] < part * 16 * MB:
            self.count += 1
            await self.core.set(f"nexus:dedupe:fill{self.count}", b"x" * (100 << 10))

    async def empty(self) -> None:
        async for key in self.core.scan_iter("nexus:dedupe:fill*"):
            await self.core.delete(key)

    async def closed(self) -> str:
        try:
            await self.accept()
        except Closed as error:
            return f"{error} ({error.retry_after} s)"
        return ""

    async def opened(self) -> bool:
        return not await self.closed()


@pytest.fixture
async def door(small: RedisPair, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Door]:
    boot = Redis.from_url(small.durable_url("boot"))
    await boot.function_load(functions.source(), replace=True)
    made = Door(small, monkeypatch)
    for stream in STREAMS:
        await made.core.delete(stream)
    await made.core.delete("nexus:session:s", keys.LEASE + keys.JOURNAL, keys.CLOSED)
    await tail.ensure_groups(boot)
    await boot.aclose()
    yield made
    await made.empty()
    await made.core.aclose()
    await made.gateway.aclose()
    await made.tail.close()


async def catch_up(tail: Tail) -> None:
    """Acknowledge everything, as the journal does once it is written."""
    while entries := await tail.fresh(5_000, 0):
        await tail.done(entries, Seal(1, "x"))


async def test_without_the_journal_chat_goes_on_until_half_of_the_memory(door: Door) -> None:
    assert await door.opened()
    await door.fill(0.5)
    assert "The journal is down" in await door.closed()
    assert await door.tail.lead()
    assert await door.opened()
    await door.tail.resign()
    assert await door.closed()
    await door.empty()
    await soon(door.opened)


async def test_beyond_eighty_percent_nothing_comes_in(door: Door) -> None:
    assert await door.tail.lead()
    await door.fill(0.8)
    assert "memory of Redis is used to 8" in await door.closed()
    await door.empty()
    await soon(door.opened)


async def test_the_journal_may_be_so_far_behind_and_no_further(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gauge, "MOST_WAITING", 50)
    for _ in range(50):
        await door.accept()
    assert "50 entries wait to be written" in await door.closed()
    assert await door.tail.lead()
    assert await door.closed(), "at work, it is behind all the same"
    await catch_up(door.tail)
    await soon(door.opened)


async def test_a_long_outage_of_the_journal_is_no_backlog_of_the_inbox(door: Door) -> None:
    """Its lag counts against its own bound, not against that of waiting messages."""
    await door.core.xgroup_create("nexus:inbox", "admit", id="0")
    ingress = Ingress(door.gateway, GATEWAY, StreamsSettings(backlog=5))
    for number in range(12):
        session = f"s{number}"
        assert (await ingress.accept(received(f"b{number}", session), f"b{number}")).fresh
        found = await door.core.xreadgroup("admit", "me", {"nexus:inbox": ">"})
        await door.core.xack("nexus:inbox", "admit", *(entry for entry, _ in found[0][1]))


async def test_without_a_journal_nothing_closes(door: Door) -> None:
    for stream in STREAMS:
        await door.core.delete(stream)
    await door.core.xadd("nexus:inbox", {"data": "{}"})
    await door.fill(0.5)
    gauge = await door.watch.gauge()
    assert gauge.journal is None
    assert await door.opened()


async def test_a_disk_with_too_little_room_closes_the_door(door: Door, tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    door.watch = Pressure(door.core, tmp_path, free + 100 * MB)
    assert " MB left, and " in await door.closed()
    door.watch = Pressure(door.core, tmp_path, free // 2)
    await soon(door.opened, pressure.CLOSED_MS / 1000 + 5)


async def test_one_reading_serves_many(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pressure, "FRESH", 60.0)
    gauges = Pressure(door.core)
    before = (await door.core.info("commandstats"))["cmdstat_info"]["calls"]
    for _ in range(50):
        await gauges.gauge()
    after = (await door.core.info("commandstats"))["cmdstat_info"]["calls"]
    assert after - before <= 2


async def test_a_redis_that_is_away_closes_the_door(small: RedisPair) -> None:
    nowhere = connect(f"unix://{small.folder}/nobody.sock")
    ingress = Ingress(nowhere, GATEWAY, StreamsSettings())
    with pytest.raises(Closed):
        await ingress.accept(received("m"), "k")
    await nowhere.aclose()


def test_the_owner_hears_how_much_is_left() -> None:
    down = Gauge(journal=False, waiting=98_000, used=100 * MB, most=256 * MB)
    assert down.notice == (
        "The journal is down: new messages are refused after 2,000 more entries or 28 MB."
    )
    assert not down.closed
    assert not Gauge(journal=True, waiting=10, used=10, most=100).notice
    assert Gauge(journal=True, waiting=0, used=80, most=100).notice
    assert not Gauge(journal=None, waiting=0, used=1 << 40, most=0).closed
