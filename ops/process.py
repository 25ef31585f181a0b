"""One operating-system process: started so that it cannot outlive us, known beyond its number."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

_PRCTL = ctypes.CDLL(None, use_errno=True).prctl
_SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG, prctl(2)


def start_ticks(pid: int) -> int | None:
    """Return when a process started, in clock ticks since boot; None if it is gone.

    A number alone may have been given to another process since; number and start together are
    one process (proc(5), field 22 of `stat`).
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])


def same(pid: int, ticks: int) -> bool:
    """Whether the process with this number is still the one that started then."""
    return start_ticks(pid) == ticks


def signal_exactly(pid: int, ticks: int, what: signal.Signals) -> bool:
    """Send a signal to this very process, never to a later one with its number.

    Returns:
        Whether it was there.
    """
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    try:
        if not same(pid, ticks):
            return False
        signal.pidfd_send_signal(handle, what)
    except ProcessLookupError:
        return False
    finally:
        os.close(handle)
    return True


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent ends."""
    _PRCTL(_SET_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the line above took effect
        os._exit(1)


class Process:
    """A running child in a session of its own, killed by the kernel when we die.

    Args:
        pid: its number.
        output: the reading end of its standard output and error.

    Attributes:
        pid: its number.
        ticks: when it started, in clock ticks since boot.
        output: the reading end of its standard output and error.
        status: its exit code once it ended; minus the signal's number if one ended it.
    """

    def __init__(self, pid: int, output: int) -> None:
        os.set_blocking(output, False)
        self.output = output
        self.pid = pid
        self.ticks = start_ticks(pid) or 0
        self.status: int | None = None
        self._wait: Callable[[], int] = lambda: os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        self._ended = asyncio.Event()
        self._handle = os.pidfd_open(pid)
        asyncio.get_running_loop().add_reader(self._handle, self._reap)

    @classmethod
    def start(
        cls, argv: Sequence[str], env: Mapping[str, str] | None = None, keep: Sequence[int] = ()
    ) -> Self:
        """Start one.

        Args:
            argv: the command line.
            env: its environment; ours unless given.
            keep: file descriptors it inherits.

        Raises:
            OSError: the program cannot be run.
        """
        us = os.getpid()
        reading, writing = os.pipe()
        try:
            popen = subprocess.Popen(  # noqa: S603 - command lines come from the plan
                argv,
                stdin=subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                env=env,
                start_new_session=True,
                pass_fds=keep,
                preexec_fn=lambda: die_with(us),  # noqa: PLW1509 - one thread only in this process
            )
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        process = cls(popen.pid, reading)
        process._wait = popen.wait  # so that it knows of its end too
        return process

    def _reap(self) -> None:
        asyncio.get_running_loop().remove_reader(self._handle)
        os.close(self._handle)
        self.status = self._wait()
        # What it started and left in its session goes with it.
        self.kill_group()
        self._ended.set()

    async def ended(self) -> int:
        """Wait for its end and return its status."""
        await self._ended.wait()
        return self.status or 0

    def terminate(self) -> None:
        """Ask it to stop."""
        if self.status is None:
            os.kill(self.pid, signal.SIGTERM)  # not reaped yet, so the number is still its own

    def kill_group(self) -> None:
        """Kill it and everything in its session's first group."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return

    async def stop(self, seconds: float) -> int:
        """Ask it to stop, kill its group after that many seconds, return its status."""
        self.terminate()
        try:
            async with asyncio.timeout(seconds):
                return await self.ended()
        except TimeoutError:
            self.kill_group()
            return await self.ended()
