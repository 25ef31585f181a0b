"""One child process from its start to its certain end, watched for all that it takes."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from schemas.errors import Refused

KEPT = 24_000
"""Bytes of the beginning, and of the end, of an output that are given back."""
MOST = 10_000_000
"""Bytes of output after which a process is stopped."""
MARK = "LIVOS_RUN"
"""The variable by whose value the processes of one run know each other."""
LOOK = 0.1
"""Seconds between two looks at what a process takes."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a process and its children may take, together."""

    seconds: float
    memory_mb: int
    processes: int
    disk_mb: int


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended.

    Attributes:
        code: its exit code; negative for a signal.
        output: what it wrote, both streams as they came; the middle is left out of a long one.
        seconds: how long it took.
        stopped: the bound that ended it; empty if it ended by itself.
    """

    code: int
    output: bytes
    seconds: float
    stopped: str = ""


@dataclass(slots=True)
class _Output:
    head: bytearray = field(default_factory=bytearray)
    tail: bytearray = field(default_factory=bytearray)
    size: int = 0
    too_much: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, piece: bytes) -> None:
        self.size += len(piece)
        room = KEPT - len(self.head)
        self.head += piece[:room]
        self.tail += piece[room:] if room < len(piece) else b""
        del self.tail[:-KEPT]
        if self.size > MOST:
            self.too_much.set()

    def whole(self) -> bytes:
        left_out = self.size - len(self.head) - len(self.tail)
        note = f"\n… {left_out} bytes left out …\n".encode() if left_out > 0 else b""
        return bytes(self.head) + note + bytes(self.tail)


async def run(
    command: Sequence[str],
    bounds: Bounds,
    folder: Path,
    environment: Mapping[str, str],
    heard: Callable[[bytes], None],
) -> Ended:
    """Run a program in a session of its own; when this returns, or is cancelled, all of it is gone.

    Args:
        command: the program and its arguments.
        bounds: what it may take.
        folder: where it starts, and which is watched for what it writes.
        environment: all of its environment.
        heard: is called with each piece of what it writes.

    Raises:
        Refused: it cannot be started.
    """
    began = time.monotonic()
    try:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=folder, env=dict(environment), start_new_session=True,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
    except (OSError, ValueError) as error:
        raise Refused(f"It cannot be started: {error}.") from None
    output = _Output()
    stopped = ""
    watching = asyncio.create_task(_watch(process.pid, bounds, folder))
    reading = asyncio.create_task(_read(process, output, heard))
    flooding = asyncio.create_task(output.too_much.wait())
    try:
        async with asyncio.timeout(bounds.seconds):
            await asyncio.wait((watching, reading, flooding), return_when=asyncio.FIRST_COMPLETED)
            if watching.done():
                stopped = watching.result()
            elif output.too_much.is_set():
                stopped = f"{MOST // 1_000_000} MB of output"
            else:
                await process.wait()
    except TimeoutError:
        stopped = f"{bounds.seconds:g} s"
    finally:
        watching.cancel()
        flooding.cancel()
        _kill(process.pid, environment.get(MARK))
        # Reading goes on meanwhile: a process counts as ended when its output has an end.
        await asyncio.shield(process.wait())
        reading.cancel()
    return Ended(
        process.returncode or 0, output.whole(), round(time.monotonic() - began, 2), stopped
    )


def _kill(pid: int, mark: str | None) -> None:
    # In a sandbox the first process is the parent of all: the kernel ends them with it.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    if mark is None:
        return
    words = f"{MARK}={mark}".encode()
    for one in psutil.pids():
        with suppress(OSError):
            if words in Path(f"/proc/{one}/environ").read_bytes().split(b"\0"):
                os.kill(one, signal.SIGKILL)


async def _read(
    process: asyncio.subprocess.Process, output: _Output, heard: Callable[[bytes], None]
) -> None:
    """Read all that is written; nobody is told what comes once it was too much."""
    assert process.stdout is not None
    while piece := await process.stdout.read(65_536):
        if not output.too_much.is_set():
            output.add(piece)
            heard(piece)


async def _watch(pid: int, bounds: Bounds, folder: Path) -> str:
    """Look again and again; return the bound that was reached."""
    before, size = _free(folder), await asyncio.to_thread(_size, folder)
    while True:
        await asyncio.sleep(LOOK)
        count, memory = await asyncio.to_thread(_taken, pid)
        if memory > bounds.memory_mb << 20:
            return f"{bounds.memory_mb} MB of memory"
        if count > 2 * bounds.processes:
            return f"{bounds.processes} processes"
        most = bounds.disk_mb << 20
        # Others may fill the disk too: only then is it looked at who did.
        if before - _free(folder) > most and await asyncio.to_thread(_size, folder) - size > most:
            return f"{bounds.disk_mb} MB of disk"


def _taken(pid: int) -> tuple[int, int]:
    count = memory = 0
    with suppress(psutil.Error):
        for child in psutil.Process(pid).children(recursive=True):
            with suppress(psutil.Error):
                count += 1
                memory += child.memory_info().rss
    return count, memory


def _size(folder: Path) -> int:
    """Return how much room a folder takes, without following a link."""
    size = 0
    for _, _, names, handle in os.fwalk(folder, follow_symlinks=False):
        for name in names:
            with suppress(OSError):
                size += os.stat(name, dir_fd=handle, follow_symlinks=False).st_blocks * 512
    return size


def _free(folder: Path) -> int:
    about = os.statvfs(folder)
    return about.f_bavail * about.f_frsize
