"""A foreign MCP server that is started here, within bounds that the vendor's library has not."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio

from gateways.mcp.bounds import LONGEST, Cut, Flood, Rate


@asynccontextmanager
async def started(
    command: Sequence[str], environment: dict[str, str], cut: Cut
) -> AsyncIterator[Any]:
    """Start a server, and yield the two ends of the line with it; at the end it is gone.

    Args:
        command: with its arguments.
        environment: all of it.
        cut: ends the line with a server that goes too far.
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
        rate = Rate()
        async with hear:
            while line := await _line(output):
                rate.count(1, len(line))
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

    tasks = [asyncio.ensure_future(_quietly(one, cut)) for one in (hearing(), saying())]
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


async def _quietly(work: Any, cut: Cut) -> None:
    """Work until the line ends, by whichever side."""
    try:
        await work
    except Flood as error:
        cut(error)
    except (OSError, anyio.BrokenResourceError, anyio.ClosedResourceError):
        pass  # it has gone, and whoever waits for it hears that


async def _line(output: asyncio.StreamReader) -> bytes:
    try:
        return await output.readline()
    except ValueError:
        raise Flood(f"It sent more than {LONGEST} bytes in one message.") from None
