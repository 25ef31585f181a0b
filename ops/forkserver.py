"""A process that has loaded what others will need, and becomes them: `python -m ops.forkserver`.

It opens nothing and does nothing but wait; its environment is the supervisor's. Each child gets
one of its own, and from there on is as one that was started anew. The supervisor runs it after a
death (ops/warm.py).
"""

from __future__ import annotations

import gc
import importlib.util
import json
import os
import runpy
import select
import socket
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

from ops.process import die_with

IDLE_SECONDS = 0.5
"""After so long without a wish there is time to load what may be needed later."""
ADOPTION_SECONDS = 5.0
LIMIT = 1 << 20
"""Bytes of one wish."""


@dataclass(frozen=True)
class Job:
    """What a child is to be.

    Attributes:
        module: what it runs, as `python -m` does.
        arguments: its command line.
    """

    module: str
    arguments: list[str]


def serve(door: socket.socket, later: Sequence[str]) -> Job | None:
    """Fork a child for each wish that comes through the door, with what it runs loaded.

    Args:
        door: where wishes come from; each brings the child's output, and a line to announce it.
        later: modules to load once nobody wants anything; one that is not there is left out.

    Returns:
        In each child what it is to be; in the parent None, once the supervisor hung up.

    Raises:
        RuntimeError: there are threads, which a fork would lose.
    """
    supervisor = os.getppid()
    rest = list(later)
    while True:
        while rest and not select.select((door,), (), (), IDLE_SECONDS)[0]:
            _load(rest.pop(0))
        words, handles, _, _ = socket.recv_fds(door, LIMIT, 2)
        if not words:
            return None
        wish = json.loads(words)
        _load(str(wish["module"]))
        if threading.active_count() > 1:
            raise RuntimeError("A module began a thread when it was loaded: forking is not safe.")
        # Twice, so that the child is nobody's, and falls to the supervisor: it must see its end.
        between = os.fork()
        if between == 0:
            if os.fork() != 0:
                os._exit(0)
            door.close()
            line = socket.socket(fileno=handles[1])
            return _born(wish, handles[0], line, supervisor)
        for handle in handles:
            os.close(handle)
        os.waitpid(between, 0)


def _born(wish: dict[str, object], output: int, line: socket.socket, supervisor: int) -> Job:
    """Make of this process what the supervisor would have started."""
    until = time.monotonic() + ADOPTION_SECONDS
    while os.getppid() != supervisor:
        if time.monotonic() > until:
            _unwanted()
        time.sleep(0.0005)
    die_with(supervisor)
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    for handle, number in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(handle, number)
    os.close(nothing)
    os.close(output)
    os.environ.clear()
    os.environ.update(wish["env"])  # type: ignore[call-overload] # from our own supervisor
    with line:
        line.sendall(str(os.getpid()).encode())
        if not line.recv(1):  # nobody waits any more: it was started otherwise
            _unwanted()
    gc.unfreeze()
    return Job(str(wish["module"]), list(wish["arguments"]))  # type: ignore[call-overload]


def _unwanted() -> NoReturn:
    os._exit(1)


def _load(module: str) -> None:
    """Load a module, or what a package runs; what is not there is missed by whoever needs it."""
    known = len(sys.modules)
    with suppress(ImportError):
        found = importlib.import_module(module)
        if hasattr(found, "__path__") and importlib.util.find_spec(f"{module}.__main__"):
            importlib.import_module(f"{module}.__main__")
    if len(sys.modules) > known:
        gc.collect()
        gc.freeze()  # what is never looked at is never copied either


def main(arguments: list[str]) -> None:
    """Run as `python -m ops.forkserver DOOR LATER`: a descriptor, and a list by comma."""
    number, later = arguments
    os.umask(0o077)
    with socket.socket(fileno=int(number)) as door:
        job = serve(door, list(filter(None, later.split(","))))
    if job is not None:
        sys.argv[1:] = job.arguments
        for name in (job.module, f"{job.module}.__main__"):
            sys.modules.pop(name, None)  # it shall be `__main__`, and only that
        runpy.run_module(job.module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
