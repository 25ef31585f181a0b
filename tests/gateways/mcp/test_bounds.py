"""Bounds of what foreign servers say, and the end of the block that speaks with one."""

from __future__ import annotations

import asyncio

import pytest

from gateways.mcp import bounds
from gateways.mcp.bounds import LARGEST, MOST, Flood, Rate, cutting


def test_messages_and_bytes_are_counted_within_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("gateways.mcp.bounds.time.monotonic", lambda: now)
    rate = Rate()
    rate.count(MOST, LARGEST)
    with pytest.raises(Flood, match="messages"):
        rate.count(1, 0)
    now += bounds.WITHIN + 1
    rate.count(1, LARGEST)
    with pytest.raises(Flood, match="bytes"):
        rate.count(0, 1)


async def test_a_block_is_ended_wherever_it_waits() -> None:
    async def block() -> None:
        with cutting() as cut:
            asyncio.get_running_loop().call_soon(cut, Flood("too much"))
            await asyncio.Event().wait()

    async with asyncio.timeout(10):
        with pytest.raises(Flood, match="too much"):
            await block()


async def test_what_broke_because_of_it_is_not_the_reason() -> None:
    def block() -> None:
        with cutting() as cut:
            cut(Flood("too much"))
            raise ValueError("the line broke")

    with pytest.raises(Flood, match="too much"):
        block()


async def test_what_broke_by_itself_is() -> None:
    with pytest.raises(ValueError, match="by itself"), cutting():
        raise ValueError("by itself")


async def test_who_is_cancelled_from_outside_stays_cancelled() -> None:
    began = asyncio.Event()

    async def block() -> None:
        with cutting():
            began.set()
            await asyncio.Event().wait()

    task = asyncio.ensure_future(block())
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
