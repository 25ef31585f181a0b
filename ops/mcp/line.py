"""The line to the process that speaks with foreign servers: one line of JSON in, one out."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from schemas.errors import Unavailable
from schemas.foreign import Brought, Order

LARGEST = 1 << 20
"""Bytes of one line."""


def door(sockets: Path) -> Path:
    """Where that process listens."""
    return sockets / "mcp.sock"


class Line:
    """Calls foreign tools.

    Args:
        sockets: the folder of the sockets.
    """

    def __init__(self, sockets: Path) -> None:
        self._door = door(sockets)

    async def call(self, order: Order) -> Brought:
        """Call a tool, and return what it brought back.

        Raises:
            Unavailable: the process is not there, or went.
        """
        try:
            reader, writer = await asyncio.open_unix_connection(str(self._door), limit=LARGEST)
        except OSError:
            raise Unavailable("Nobody speaks with foreign servers at the moment.") from None
        try:
            writer.write(order.model_dump_json().encode() + b"\n")
            await writer.drain()
            answer = await reader.readline()
            if not answer:
                raise Unavailable("The process that speaks with foreign servers has gone.")
            return Brought.model_validate_json(answer)
        except OSError:
            raise Unavailable("The process that speaks with foreign servers has gone.") from None
        finally:
            writer.close()


async def wanted(reader: asyncio.StreamReader, call: Coroutine[Any, Any, Brought]) -> Brought:
    """Wait for what a call brings back, for as long as who asked is there.

    Args:
        reader: of the line on which it was asked for.
        call: what is done; it ends with whoever goes away, as after /stop.

    Raises:
        ConnectionResetError: nobody wants it any more.
    """
    calling, gone = asyncio.ensure_future(call), asyncio.ensure_future(reader.read(1))
    try:
        await asyncio.wait((calling, gone), return_when=asyncio.FIRST_COMPLETED)
        if not calling.done():
            raise ConnectionResetError("Who asked has gone.")
        return calling.result()
    finally:
        for task in (calling, gone):
            task.cancel()
        await asyncio.gather(calling, gone, return_exceptions=True)
