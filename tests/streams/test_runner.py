"""A runner reads on while a commit is under way only when it knows that more is waiting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from schemas.chat import Reply
from streams import keys
from streams.entry import Held
from streams.stage import stage
from tests.stand import Stand, soon

BATCH = 4
CONSUMER = "test-runner"


@stage(reads=BATCH)
async def note(reply: Reply) -> None:
    """Be done at once."""


async def offered(stand: Stand, count: int) -> list[Held]:
    """Return so many entries, as the reader hands them over."""
    await stand.groups(note)
    for n in range(count):
        reply = Reply(
            id=f"r{n}", trace="t", session=f"s{n}", person="p", channel="c", turn="t", chat="c",
            part=0, parts=1, text="x", outcome="answered",
        )  # fmt: skip
        await stand.tester.xadd(keys.topic("outbox"), {"data": reply.model_dump_json()})
    found: Any = await stand.tester.xreadgroup(
        note.name, CONSUMER, {keys.topic("outbox"): ">"}, count=count
    )
    return [Held(entry.decode(), fields) for entry, fields in found[0][1]]


@asynccontextmanager
async def answering_nobody(stand: Stand) -> AsyncIterator[None]:
    """Redis hears everything and does nothing until the end of the block."""
    await stand.tester.client_pause(60_000, all=False)
    try:
        yield
    finally:
        await stand.tester.client_unpause()


async def test_after_a_full_batch_the_next_is_read_before_the_answer(stand: Stand) -> None:
    (runner,) = stand.runtime(note, consumer=CONSUMER)._runners
    entries = await offered(stand, 2 * BATCH)
    async with asyncio.timeout(20):
        async with answering_nobody(stand):
            await runner.take(entries[:BATCH])
            full = asyncio.create_task(runner.take(entries[BATCH:]))
            await soon(lambda: len(runner.held) == 2 * BATCH)
            assert not full.done(), "at most twice a batch is held"
        await full
        await runner.committer.flush()
    assert runner.held == []
    await runner.drain(1)


async def test_after_a_part_of_one_the_next_shares_what_comes_until_the_answer(
    stand: Stand,
) -> None:
    (runner,) = stand.runtime(note, consumer=CONSUMER)._runners
    entries = await offered(stand, BATCH - 1)
    async with asyncio.timeout(20):
        async with answering_nobody(stand):
            taking = asyncio.create_task(runner.take(entries))
            await soon(lambda: runner.held)
            for _ in range(50):
                await asyncio.sleep(0)
            assert not taking.done()
        await taking
    assert runner.held == []
    await runner.drain(1)
