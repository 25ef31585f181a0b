"""After a death the next starts are quick: a process that has loaded all modules is forked.

A start takes seconds on a small machine, nearly all of them for loading Python modules. What dies
once may die again, so from the first death on a fork server (ops/forkserver.py) is kept for a
while; a server at which nothing dies pays nothing for it.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from ops.logfile import Drain, LogFile
from ops.process import Process

KEPT_SECONDS = 600.0
"""So long after the last death it stays."""
PATIENCE = 20.0
"""Seconds a child may take to be there; then it is started as if there were no fork server."""
PYTHON = (sys.executable, "-P", "-m")
"""How the command line of one of our own processes begins."""

_PRCTL = ctypes.CDLL(None, use_errno=True).prctl
_SET_CHILD_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER, prctl(2)


class Warm:
    """Starts our own processes by forking, after a death.

    Args:
        commands: the command lines of the children there may be.
        later: modules that are loaded when there is time.
        log: the file of what the fork server says.
        failed: is told why a child could not be forked.
    """

    def __init__(
        self,
        commands: Sequence[Sequence[str]],
        later: Sequence[str],
        log: Path,
        failed: Callable[[str], None],
    ) -> None:
        ours = {line[3] for line in commands if tuple(line[:3]) == PYTHON}
        self._modules = sorted(ours)
        self._later = tuple(later)
        self._log = log
        self._failed = failed
        self._process: Process | None = None
        self._door: socket.socket | None = None
        self._line = asyncio.Lock()
        self._leave: asyncio.TimerHandle | None = None

    def heat(self) -> None:
        """Be ready to fork, from now on and for a while."""
        if not self._modules:
            return
        if self._leave is not None:
            self._leave.cancel()
        self._leave = asyncio.get_running_loop().call_later(KEPT_SECONDS, self.close)
        if self._door is None:
            try:
                self._begin()
            except OSError as error:
                self._failed(str(error))

    def close(self) -> None:
        """Let the fork server go; its children stay."""
        if self._leave is not None:
            self._leave.cancel()
        if self._door is not None:
            self._door.close()
        self._door = self._process = self._leave = None

    async def fork(self, argv: Sequence[str], env: Mapping[str, str]) -> Process | None:
        """Start a process of ours.

        Args:
            argv: its command line.
            env: its environment.

        Returns:
            The process; None when it must be started in the ordinary way.
        """
        if self._door is None or tuple(argv[:3]) != PYTHON or argv[3] not in self._modules:
            return None
        wish = {"module": argv[3], "arguments": argv[4:], "env": dict(env)}
        async with self._line:
            if self._door is None:  # who was before us in the line found that it does not work
                return None
            try:
                async with asyncio.timeout(PATIENCE):
                    return await self._ask(self._door, json.dumps(wish).encode())
            except (OSError, ValueError, TimeoutError) as error:
                self._failed(repr(error))
                self._end()
                return None

    def _begin(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        number = theirs.fileno()
        words = (*PYTHON, "ops.forkserver", str(number))
        try:
            with theirs:
                # What died first is wanted first, so it loads that; the others when there is time.
                later = ",".join((*self._later, *self._modules))
                process = Process.start((*words, later), keep=(number,))
        except OSError:
            ours.close()
            raise
        Drain(process.output, LogFile(self._log, limit=1 << 20))
        self._process, self._door = process, ours

    async def _ask(self, door: socket.socket, wish: bytes) -> Process:
        """Have the fork server fork once.

        Raises:
            OSError: it is gone.
            ValueError: it forked, and the child died before it said who it is.
        """
        loop = asyncio.get_running_loop()
        reading, writing = os.pipe()
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        # Only now: whatever else loses its parent meanwhile is not for us to bury.
        _PRCTL(_SET_CHILD_SUBREAPER, 1)
        try:
            with ours:
                try:
                    with theirs:
                        socket.send_fds(door, [wish], [writing, theirs.fileno()])
                finally:
                    os.close(writing)
                process = Process(int(await loop.sock_recv(ours, 32)), reading)
                await loop.sock_sendall(ours, b"1")
        except BaseException:
            os.close(reading)
            raise
        finally:
            _PRCTL(_SET_CHILD_SUBREAPER, 0)
        return process

    def _end(self) -> None:
        """Give up a fork server that does not do its work; the next death brings another."""
        process = self._process
        self.close()
        if process is not None and process.status is None:
            with suppress(ProcessLookupError):
                process.kill_group()
