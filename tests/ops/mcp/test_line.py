"""A call of a foreign tool ends with whoever asked for it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

from ops.mcp.line import Line, door, wanted
from schemas.foreign import Brought, Order

ORDER = Order(server="odd", tool="do", arguments={}, pin="x")


async def test_who_goes_away_wants_it_no_more(tmp_path: Path) -> None:
    """A tool that is stopped must end there too, and leave its place to the next."""
    begun, ended, unwanted = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def call() -> Brought:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        try:
            await wanted(reader, call())
        except ConnectionResetError:
            unwanted.set()
        writer.close()

    async with await asyncio.start_unix_server(serve, str(door(tmp_path))), asyncio.timeout(20):
        asking = asyncio.create_task(Line(tmp_path).call(ORDER))
        await begun.wait()
        asking.cancel()
        await unwanted.wait()
        assert ended.is_set()
        with suppress(asyncio.CancelledError):
            await asking


async def test_who_waits_is_answered(tmp_path: Path) -> None:
    async def call() -> Brought:
        await asyncio.sleep(0)
        return Brought(ok=True, text="done")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        brought = await wanted(reader, call())
        writer.write(brought.model_dump_json().encode() + b"\n")
        writer.close()

    async with await asyncio.start_unix_server(serve, str(door(tmp_path))), asyncio.timeout(20):
        assert (await Line(tmp_path).call(ORDER)).text == "done"
