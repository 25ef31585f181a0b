"""Lanes: the same key in order, the rest side by side, and the accounts always right."""

from __future__ import annotations

import asyncio
import random
from contextvars import ContextVar

from streams.lanes import Lanes
from tests.stand import soon


async def test_one_lane_keeps_its_order_and_others_do_not_wait() -> None:
    done: list[str] = []
    doors = {"a0": asyncio.Event()}

    async def work(item: str) -> None:
        if item in doors:
            await doors[item].wait()
        done.append(item)
        lanes.done()

    lanes: Lanes[str] = Lanes(work, room=10)
    for item in ("a0", "a1", "b0", "a2", "b1"):
        lanes.put(item[0], item)
    await soon(lambda: done == ["b0", "b1"])
    doors["a0"].set()
    assert await lanes.drain(5)
    assert done == ["b0", "b1", "a0", "a1", "a2"]


async def test_quick_items_cost_one_task() -> None:
    tasks: set[object] = set()

    async def work(item: int) -> None:
        tasks.add(asyncio.current_task())
        lanes.done()

    lanes: Lanes[int] = Lanes(work, room=100)
    for n in range(50):
        lanes.put(str(n), n)
    assert await lanes.drain(5)
    assert len(tasks) == 1


async def test_what_runs_does_not_hold_on_to_whoever_brought_it() -> None:
    batch: ContextVar[str] = ContextVar("batch", default="nobody's")
    seen: list[str] = []

    async def work(item: str) -> None:
        await asyncio.sleep(0)
        seen.append(batch.get())
        lanes.done()

    lanes: Lanes[str] = Lanes(work, room=10)
    batch.set("a reader's")
    for item in ("a0", "a1", "b0"):
        lanes.put(item[0], item)
    assert await lanes.drain(5)
    assert seen == ["nobody's"] * 3


async def test_there_is_room_again_when_enough_is_done() -> None:
    door = asyncio.Event()

    async def work(item: int) -> None:
        await door.wait()
        lanes.done()

    lanes: Lanes[int] = Lanes(work, room=2)
    for n in range(4):
        lanes.put(str(n), n)
    waiting = asyncio.create_task(lanes.make_room())
    await asyncio.sleep(0)
    assert not waiting.done()
    door.set()
    async with asyncio.timeout(30):
        await waiting


async def test_only_what_runs_is_cancelled() -> None:
    cancelled: list[str] = []
    began = asyncio.Event()

    async def work(item: str) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(item)
            task = asyncio.current_task()
            assert task is not None
            task.uncancel()
        lanes.done()

    lanes: Lanes[str] = Lanes(work, room=10)
    lanes.put("a", "a0")
    lanes.put("a", "a1")
    await began.wait()
    assert not lanes.cancel("a", "a1")
    assert not lanes.cancel("z", "a0")
    assert lanes.cancel("a", "a0")
    await soon(lambda: cancelled == ["a0"])
    await soon(lambda: lanes.cancel("a", "a1"))
    assert await lanes.drain(5)
    assert cancelled == ["a0", "a1"]


async def test_what_does_not_end_is_left() -> None:
    async def work(item: str) -> None:
        await asyncio.Event().wait()

    lanes: Lanes[str] = Lanes(work, room=10)
    lanes.put("a", "a0")
    assert not await lanes.drain(0.01)
    async with asyncio.timeout(30):
        await lanes.abandon()


async def test_no_order_of_events_leaks_anything() -> None:
    chance = random.Random(4)
    held: dict[int, str] = {}

    async def work(item: int) -> None:
        try:
            for _ in range(chance.randint(0, 3)):
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            assert task is not None
            task.uncancel()
        del held[item]
        lanes.done()

    lanes: Lanes[int] = Lanes(work, room=10)
    for n in range(3_000):
        key = str(chance.randint(0, 9))
        held[n] = key
        lanes.put(key, n)
        if chance.random() < 0.3:
            await asyncio.sleep(0)
        if held and chance.random() < 0.3:
            item = chance.choice(list(held))
            lanes.cancel(held[item], item)
    assert await lanes.drain(20)
    assert (lanes.held, held) == (0, {})
    await soon(lambda: not (lanes._waiting or lanes._running))
