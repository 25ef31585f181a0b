"""One process watches for all, and takes away what nobody else would."""

from __future__ import annotations

from typing import Any

from streams import keys
from streams.broker import ensure_group
from streams.watch import Watch
from tests.stand import QUICK, Stand, soon


async def test_events_are_forgotten_once_they_are_written_down(stand: Stand) -> None:
    stream = keys.topic("events")
    await ensure_group(stand.redis, stream, keys.JOURNAL)
    async with stand.tester.pipeline(transaction=False) as pipe:
        for _ in range(500):
            pipe.xadd(stream, {"data": "{}"})
        await pipe.execute()
    watch = Watch(stand.redis, "a", QUICK.model_copy(update={"trim_seconds": 1e-6}))
    await watch.round()
    assert await stand.tester.xlen(stream) == 500
    journal: Any = stand.tester
    await journal.xreadgroup(keys.JOURNAL, "writer", {stream: ">"}, noack=True)

    async def trimmed() -> bool:
        await watch.round()
        return int(await stand.tester.xlen(stream)) <= 100

    await soon(trimmed)


async def test_only_one_process_watches(stand: Stand) -> None:
    stream = keys.topic("events")
    await ensure_group(stand.redis, stream, keys.JOURNAL)
    settings = QUICK.model_copy(update={"trim_seconds": 1e-6})
    first, second = (Watch(stand.redis, name, settings) for name in "ab")
    await first.round()
    assert not await second._mine()
    assert await first._mine()
