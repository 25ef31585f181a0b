"""`nexus` without the second that its start takes: a process that has loaded it is forked.

Tests give hundreds of commands, and nearly all the time of each went into loading modules. Each is
a process of its own all the same, with its own arguments, environment, input and end. What the
start itself does is tested where it matters, by commands that are begun in the ordinary way.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from tests.house.tree import ROOT

LIMIT = 1 << 20
"""Bytes of one wish."""
LOADED = (
    "ops.backups.service", "ops.journal.pages", "ops.journal.reader", "ops.launch", "ops.layout",
    "ops.main", "ops.replay.service", "ops.rotation", "ops.users.book", "ops.vacancy", "uvloop",
)  # fmt: skip
"""What commands load when they run, besides all of `ops.cli`."""
AT_START = ("LANG", "LC_", "PYTHON", "TERM", "FORCE_COLOR", "NO_COLOR")
"""What counts when an interpreter begins: whoever gives it wants one of its own."""


class Ready:
    """Forks the command."""

    def __init__(self) -> None:
        self._door, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            subprocess.Popen(
                [sys.executable, "-P", "-m", "tests.ops.cli.ready", str(theirs.fileno())],
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()], start_new_session=True,
            )  # fmt: skip

    def run(
        self, words: Sequence[str], env: Mapping[str, str], stdin: str | None, seconds: float
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; as `subprocess.run` does, without the start.

        Raises:
            TimeoutExpired: it did not end in time, and was killed.
        """
        wish = json.dumps({"words": list(words), "env": dict(env), "cwd": str(Path.cwd())})
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with (
            ours, tempfile.TemporaryFile() as given,
            tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err,
        ):  # fmt: skip
            given.write((stdin or "").encode())
            given.seek(0)
            handles = [given.fileno(), out.fileno(), err.fileno(), theirs.fileno()]
            with theirs:
                socket.send_fds(self._door, [wish.encode()], handles)
            ours.settimeout(seconds)
            pid = 0
            try:
                pid = int(ours.recv(64))
                status = int(ours.recv(64))
            except TimeoutError:
                if pid:
                    os.kill(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(list(words), seconds) from None
            said = [_text(one) for one in (out, err)]
        return subprocess.CompletedProcess(["nexus", *words], status, *said)


def _text(file: Any) -> str:
    file.seek(0)
    return str(file.read().decode())


@cache
def ready() -> Ready:
    """Return the one of this process."""
    return Ready()


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
            with socket.socket(fileno=line) as told:
                told.send(str(pid).encode())
                _, status = os.waitpid(pid, 0)
                told.send(str(os.waitstatus_to_exitcode(status)).encode())
            os._exit(0)
        os.close(line)
        return _born(json.loads(said), streams)


def _born(wish: dict[str, Any], streams: Sequence[int]) -> list[str]:
    for number, handle in enumerate(streams):
        os.dup2(handle, number)
        os.close(handle)
    os.environ.clear()
    os.environ.update(wish["env"])
    os.chdir(wish["cwd"])
    time.tzset()
    words: list[str] = wish["words"]
    return words


def main(number: str) -> None:
    """Load everything, and fork until the tests are over; a child gives its command."""
    import ops.cli  # noqa: PLC0415 - in this process alone

    for one in pkgutil.iter_modules(ops.cli.__path__):
        importlib.import_module(f"ops.cli.{one.name}")
    for name in LOADED:
        importlib.import_module(name)
    assert threading.active_count() == 1, "a fork would lose threads"
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=int(number)) as door:
        words = serve(door)
    if words is not None:
        sys.argv = ["-c", *words]
        _ended(ops.cli.app)


def _ended(app: Callable[[], None]) -> NoReturn:
    """Run to the end that an interpreter has, without taking all that is loaded apart again."""
    status: object = 0
    try:
        app()
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
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(int(str(status)))


if __name__ == "__main__":
    main(sys.argv[1])
