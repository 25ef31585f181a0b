"""A foreign MCP server that is started here, within bounds that the vendor's library has not."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio

from schemas.errors import Refused

if TYPE_CHECKING:
    from mcp.client import Transport

LONGEST = 1 << 20
"""Bytes of one message."""
MOST, WITHIN = 500, 10.0
"""So many messages in so many seconds; a server that says more is ended."""


class Flood(Refused):
    """The server says too much."""

    code = "flood"


@asynccontextmanager
async def started(command: Sequence[str], environment: dict[str, str]) -> AsyncIterator[Any]:
    """Start a server, and yield the two ends of the line with it; at the end it is gone.

    Args:
        command: with its arguments.
        environment: all of it.
    """
    from mcp.shared.message import SessionMessage  # noqa: PLC0415
    from mcp_types import jsonrpc_message_adapter  # noqa: PLC0415 - loaded by then

    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment,
        limit=LONGEST,
        start_new_session=True,
        cwd="/",
    )
    assert process.stdin is not None
    assert process.stdout is not None
    hear, heard = anyio.create_memory_object_stream[Any](0)
    said, say = anyio.create_memory_object_stream[Any](0)
    output, entry = process.stdout, process.stdin

    async def hearing() -> None:
        rate = _Rate()
        async with hear:
            while line := await _line(output):
                rate.count()
                try:
                    message = jsonrpc_message_adapter.validate_json(line, by_name=False)
                except ValueError:
                    continue  # what is no message is said to nobody
                await hear.send(SessionMessage(message))

    async def saying() -> None:
        async with say:
            async for one in say:
                text = one.message.model_dump_json(by_alias=True, exclude_unset=True)
                entry.write(text.encode() + b"\n")
                await entry.drain()

    tasks = [asyncio.ensure_future(one) for one in (_quietly(hearing()), _quietly(saying()))]
    try:
        yield heard, said
    finally:
        for task in tasks:
            task.cancel()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        with anyio.CancelScope(shield=True):
            await asyncio.wait(tasks)
            entry.close()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(5):
                    while await output.read(LONGEST):
                        pass  # what it had still said is nobody's
                    await process.wait()
        for stream in (hear, heard, said, say):
            stream.close()


async def _quietly(work: Any) -> None:
    """Work until the line ends, by whichever side."""
    with contextlib.suppress(Flood, OSError, anyio.BrokenResourceError, anyio.ClosedResourceError):
        await work


async def _line(output: asyncio.StreamReader) -> bytes:
    try:
        return await output.readline()
    except ValueError:
        raise Flood(f"It sent more than {LONGEST} bytes without an end of a line.") from None


class _Rate:
    """Counts messages."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._since, self._seen = self._loop.time(), 0

    def count(self) -> None:
        """Count one.

        Raises:
            Flood: there are too many.
        """
        now = self._loop.time()
        if now - self._since > WITHIN:
            self._since, self._seen = now, 0
        self._seen += 1
        if self._seen > MOST:
            raise Flood(f"It sent more than {MOST} messages within {WITHIN:g} s.")


def transport(command: Sequence[str], environment: dict[str, str]) -> Transport:
    """Return the line to a server that is started when the line is opened."""
    return started(command, environment)
