"""A Python process without the seconds that its start takes: one that has loaded everything forks.

Tests begin hundreds of processes, and nearly all the time of each went into loading modules. Each
is a process of its own all the same, with its own arguments, environment, files and end. What the
start itself does is tested where it matters, by processes that are begun in the ordinary way.
"""

from __future__ import annotations

import asyncio
import atexit
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from tests.house.tree import ROOT

LIMIT = 1 << 20
"""Bytes of one wish."""
STREAMS = ("stdin", "stdout", "stderr")
AT_START = ("LANG", "LC_", "PYTHON", "TERM", "FORCE_COLOR", "NO_COLOR")
"""What counts when an interpreter begins: whoever gives it wants one of its own."""


class Begun:
    """A process that was begun.

    Args:
        pid: its number.
        line: on which its end is told.

    Attributes:
        returncode: how it ended; None as long as nobody waited for that.
    """

    def __init__(self, pid: int, line: socket.socket) -> None:
        self.pid, self._line = pid, line
        self.returncode: int | None = None

    def send_signal(self, how: signal.Signals) -> None:
        """Send it a signal; one that has ended gets none."""
        if self.lives:
            with suppress(ProcessLookupError):
                os.kill(self.pid, how)

    @property
    def lives(self) -> bool:
        """Whether its end is not told yet; after that its number may be somebody else's."""
        try:
            return self.returncode is None and not self._line.recv(64, socket.MSG_PEEK)
        except BlockingIOError:
            return True

    async def wait(self) -> int:
        """Wait for its end; return its status, or the signal that ended it, negative."""
        if self.returncode is None:
            with self._line:
                self.returncode = int(await asyncio.get_running_loop().sock_recv(self._line, 64))
        return self.returncode


class Ready:
    """Forks processes.

    Args:
        modules: what it has loaded.
    """

    def __init__(self, modules: Sequence[str]) -> None:
        self._nothing = Path(os.devnull).open()  # noqa: SIM115 - for as long as we are there
        self._door, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            subprocess.Popen(
                [sys.executable, "-P", "-m", "tests.ready", str(theirs.fileno()), *modules],
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()], start_new_session=True,
            )  # fmt: skip

    def run(
        self, words: Sequence[str], env: Mapping[str, str], stdin: str | None, seconds: float
    ) -> subprocess.CompletedProcess[str]:
        """Run a process to its end; as `subprocess.run` does, without the start.

        Args:
            words: what an interpreter is given: `-m` and a module, or `-c` and code, and arguments.
            env: its environment.
            stdin: what it reads.
            seconds: after which it is too late.

        Raises:
            TimeoutExpired: it did not end in time, and was killed.
        """
        with (
            tempfile.TemporaryFile() as given,
            tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err,
        ):  # fmt: skip
            given.write((stdin or "").encode())
            given.seek(0)
            streams = (given.fileno(), out.fileno(), err.fileno())
            with self._wished(words, env, streams) as line:
                line.settimeout(seconds)
                pid = 0
                try:
                    pid = int(line.recv(64))
                    status = int(line.recv(64))
                except TimeoutError:
                    if pid:
                        os.kill(pid, signal.SIGKILL)
                    raise subprocess.TimeoutExpired(list(words), seconds) from None
            said = [_text(one) for one in (out, err)]
        return subprocess.CompletedProcess(list(words), status, *said)

    async def begin(
        self,
        *words: str,
        env: Mapping[str, str],
        stdin: int | None = None,
        out: tuple[int, int] = (1, 2),
    ) -> Begun:
        """Begin a process.

        Args:
            words: what an interpreter is given: `-m` and a module, or `-c` and code, and arguments.
            env: its environment.
            stdin: what it reads: a file or a socket; nothing unless given.
            out: where it prints and complains; where we do unless given.
        """
        given = self._nothing.fileno() if stdin is None else stdin
        line = self._wished(words, env, (given, *out))
        line.setblocking(False)
        return Begun(int(await asyncio.get_running_loop().sock_recv(line, 64)), line)

    def _wished(
        self, words: Sequence[str], env: Mapping[str, str], streams: tuple[int, int, int]
    ) -> socket.socket:
        """Wish for a process; return the line on which its number is told, and then its end."""
        wish = json.dumps({"words": list(words), "env": dict(env), "cwd": str(Path.cwd())})
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            socket.send_fds(self._door, [wish.encode()], [*streams, theirs.fileno()])
        return ours


def _text(file: Any) -> str:
    file.seek(0)
    return str(file.read().decode())


@cache
def ready(*modules: str) -> Ready:
    """Return the one of this process that has loaded these modules."""
    return Ready(modules)


def serve(door: socket.socket) -> list[str] | None:
    """Fork a child for each wish; return in each child its words, in the parent None at the end."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        said, handles, _, _ = socket.recv_fds(door, LIMIT, 4)
        if not said:
            return None
        if os.fork() != 0:
            for handle in handles:
                os.close(handle)
            continue
        door.close()
        *streams, line = handles
        # In between stands who waits for it: a child's end is told to its parent alone.
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        pid = os.fork()
        if pid != 0:
            for handle in streams:
                os.close(handle)
            with socket.socket(fileno=line) as told:
                told.send(str(pid).encode())
                _, status = os.waitpid(pid, 0)
                told.send(str(os.waitstatus_to_exitcode(status)).encode())
            os._exit(0)
        os.close(line)
        return _born(json.loads(said), streams)


def _born(wish: dict[str, Any], streams: Sequence[int]) -> list[str]:
    for number, (name, handle) in enumerate(zip(STREAMS, streams, strict=True)):
        os.dup2(handle, number)
        os.close(handle)
        setattr(sys, name, _opened(number, getattr(sys, name)))
    os.environ.clear()
    os.environ.update(wish["env"])
    os.chdir(wish["cwd"])
    time.tzset()
    words: list[str] = wish["words"]
    return words


def _opened(number: int, like: Any) -> Any:
    """Open a standard stream as an interpreter does: a file can be sought in, and a pipe cannot."""
    line = 1 if number == STREAMS.index("stderr") else -1
    words = {"encoding": like.encoding, "errors": like.errors, "closefd": False}
    return open(number, like.mode, line, **words)


def main(number: str, modules: Sequence[str]) -> None:
    """Load everything, and fork until the tests are over; a child does what its words say."""
    for name in modules:
        importlib.import_module(name)
    assert threading.active_count() == 1, "a fork would lose threads"
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=int(number)) as door:
        words = serve(door)
    if words is not None:
        _ended(*words)


def _ended(how: str, what: str, *words: str) -> NoReturn:
    """Run to the end that an interpreter has, without taking all that is loaded apart again."""
    status: object = 0
    try:
        sys.argv = [how, *words]
        if how == "-m":
            # What runs is begun anew, and not found loaded.
            package = hasattr(sys.modules.get(what), "__path__")
            sys.modules.pop(f"{what}.__main__" if package else what, None)
            runpy.run_module(what, run_name="__main__", alter_sys=True)
        else:
            exec(what, {"__name__": "__main__"})
    except SystemExit as error:
        status = error.code or 0
        if not isinstance(status, int):
            sys.stderr.write(f"{status}\n")
            status = 1
    except BaseException:  # noqa: BLE001 - as an interpreter does
        traceback.print_exc()
        status = 1
    threading._shutdown()  # type: ignore[attr-defined] # those that were begun are waited for
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        if not stream.closed:
            stream.flush()
    os._exit(int(str(status)))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
