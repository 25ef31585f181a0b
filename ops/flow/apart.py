"""Runs a command of ours in a process of its own: one at a time, bounded, off our loop."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from schemas.errors import Transient

MOST = 4 << 20
"""Bytes of output that are read."""


class Busy(Transient):
    """Another one is at work."""

    code = "busy"


class Overlong(Transient):
    """It took too long, or said too much, and was ended."""

    code = "overlong"


@dataclass(frozen=True, slots=True)
class Ended:
    """What a process said.

    Attributes:
        status: its exit status.
        said: its output.
        complaint: the end of what it complained of.
    """

    status: int
    said: bytes
    complaint: str


class Apart:
    """Runs one after another; who comes meanwhile is told to come again.

    Args:
        seconds: how long one may take.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = asyncio.Lock()

    async def run(self, words: Sequence[str], given: bytes = b"") -> Ended:
        """Run `python WORDS…` with something to read; end it, and all it began, if it is too slow.

        Raises:
            Busy: another one is at work.
            Overlong: it took too long, or said too much.
        """
        if self._lock.locked():
            raise Busy("Another one is at work; try again in a moment.", retry_after=3)
        async with self._lock:
            pipe = asyncio.subprocess.PIPE
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-P", *words, stdin=pipe, stdout=pipe, stderr=pipe,
                start_new_session=True,
            )  # fmt: skip
            try:
                async with asyncio.timeout(self._seconds):
                    return await _talk(process, given)
            except TimeoutError:
                raise Overlong(
                    f"It was not done after {self._seconds:.0f} s, and was ended."
                ) from None
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                # asyncio counts it as ended once its pipes are read to their ends.
                await asyncio.gather(_rest(process.stdout), _rest(process.stderr))
                await process.wait()


async def _talk(process: asyncio.subprocess.Process, given: bytes) -> Ended:
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    with suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(given)
        await process.stdin.drain()
    process.stdin.close()
    readers = [asyncio.ensure_future(_read(one)) for one in (process.stdout, process.stderr)]
    try:
        said, complaint = await asyncio.gather(*readers)
    finally:  # where one has read too much, the other does not go on
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
    return Ended(await process.wait(), said, complaint[-2_000:].decode("utf-8", "replace").strip())


async def _rest(stream: asyncio.StreamReader | None) -> None:
    """Forget what is left; who wrote it is dead."""
    while stream is not None and await stream.read(1 << 16):
        pass


async def _read(stream: asyncio.StreamReader) -> bytes:
    found = bytearray()
    while piece := await stream.read(1 << 16):
        found += piece
        if len(found) > MOST:
            raise Overlong("It said more than anybody can read, and was ended.")
    return bytes(found)
