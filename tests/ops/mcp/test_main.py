"""An order at the door of the process that speaks with foreign servers."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ops.mcp.__main__ import answered
from ops.mcp.line import Line, door
from schemas.foreign import Brought, Order

ORDER = Order(server="odd", tool="do", arguments={}, pin="x")


async def test_who_goes_away_wants_it_no_more(tmp_path: Path) -> None:
    """A tool that is stopped must end there too, and leave its place to the next."""
    begun, ended = asyncio.Event(), asyncio.Event()

    async def call(order: Order) -> Brought:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answered(reader, writer, call)

    async with await asyncio.start_unix_server(serve, str(door(tmp_path))), asyncio.timeout(20):
        asking = asyncio.create_task(Line(tmp_path).call(ORDER))
        await begun.wait()
        asking.cancel()
        await ended.wait()


async def test_who_waits_is_answered(tmp_path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answered(reader, writer, call)

    async def call(order: Order) -> Brought:
        await asyncio.sleep(0)
        return Brought(ok=True, text=order.tool)

    async with await asyncio.start_unix_server(serve, str(door(tmp_path))), asyncio.timeout(20):
        assert (await Line(tmp_path).call(ORDER)).text == "do"
