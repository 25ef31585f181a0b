"""A foreign MCP server that is started here, within bounds that the vendor's library has not."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio

from gateways.mcp.bounds import LONGEST, Cut, Ended, Flood, Rate

LAST_LINES, LAST_WORDS = 4, 500
"""How many lines, and characters of them, are told of what a program said before it ended."""
KEPT = 8_192
"""Bytes of its standard error that are kept."""
PIECE, PAUSE = 65_536, 0.05
"""Bytes that are read of it at once, and seconds between two of so many: it keeps nobody busy."""
ENDING_SECONDS = 2.0
"""How long a program that says nothing more may take to end."""
_PLACES = ("at ", 'File "', "^", "Node.js v")
"""What the lines begin with that say where in its code it broke, and not why."""


@asynccontextmanager
async def started(
    command: Sequence[str], environment: dict[str, str], cut: Cut
) -> AsyncIterator[Any]:
    """Start a server, and yield the two ends of the line with it; at the end it is gone.

    Args:
        command: with its arguments.
        environment: all of it.
        cut: ends the line with a server that goes too far, or is gone.

    Raises:
        Ended: it cannot be started.
    """
    from mcp.shared.message import SessionMessage  # noqa: PLC0415
    from mcp_types import jsonrpc_message_adapter  # noqa: PLC0415 - loaded by then

    process = await _spawned(command, environment)
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    hear, heard = anyio.create_memory_object_stream[Any](0)
    said, say = anyio.create_memory_object_stream[Any](0)
    output, entry, errors = process.stdout, process.stdin, process.stderr
    words = bytearray()
    overhearing = asyncio.ensure_future(_overhear(errors, words))

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
            # Before the line ends, so that nobody takes its end for the reason.
            await asyncio.wait((overhearing,), timeout=ENDING_SECONDS)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ENDING_SECONDS):
                    await process.wait()
            cut(Ended(_ending(process.returncode, words)))

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
        for task in (*tasks, overhearing):
            task.cancel()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        with anyio.CancelScope(shield=True):
            await asyncio.wait((*tasks, overhearing))
            entry.close()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(5):
                    for rest in (output, errors):
                        while await rest.read(LONGEST):
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


async def _spawned(command: Sequence[str], environment: dict[str, str]) -> Process:
    try:
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
            limit=LONGEST,
            start_new_session=True,
            cwd="/",
        )
    except OSError as error:
        raise Ended(f"{command[0]} cannot be started: {error.strerror}.") from None


async def _overhear(errors: asyncio.StreamReader, words: bytearray) -> None:
    """Keep the end of what a program says beside the line."""
    while piece := await errors.read(PIECE):
        words += piece
        del words[:-KEPT]
        if len(piece) == PIECE:
            await asyncio.sleep(PAUSE)


def _ending(status: int | None, words: bytes | bytearray) -> str:
    """Say how a program ended, and its last words: the names of places in its code are none."""
    how = "It closed the line" if status is None else f"It ended with status {status}"
    if status is not None and status < 0:
        how = f"It was ended by signal {-status}"
    lines = [one.strip() for one in words.decode(errors="replace").splitlines()]
    told = [one for one in lines[len(words) == KEPT :] if not one.startswith(_PLACES) and one]
    last = " / ".join(told[-LAST_LINES:])
    if len(last) > LAST_WORDS:
        # Whole words: half a secret is not known for one.
        last = f"… {last[-LAST_WORDS:].partition(' ')[2]}"
    return f"{how}; its last words: {last}" if last else f"{how}, without a word."


async def _line(output: asyncio.StreamReader) -> bytes:
    try:
        return await output.readline()
    except ValueError:
        raise Flood(f"It sent more than {LONGEST} bytes in one message.") from None
