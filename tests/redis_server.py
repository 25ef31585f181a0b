"""Private Redis servers for tests: real ones, on unix sockets, gone when the test is."""

from __future__ import annotations

import ctypes
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from streams.embedded import Pair, find_engine, private_pair
from streams.roles import ROLES
from streams.servers import Engine, ServerSpec
from streams.wire import encode

_LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1
TESTER = "tester"
"""The user of a test that sets the stage and looks behind it."""


def new_passwords() -> dict[str, str]:
    """Return a fresh password for every role."""
    return {role: secrets.token_hex(16) for role in ROLES}


def _die_with_parent() -> None:
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def listening(spec: ServerSpec) -> bool:
    """Whether the server answers at all, be it with an error, and is not still loading."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(str(spec.socket))
            connection.sendall(encode("AUTH", "nobody", "nothing"))
            return connection.recv(64).startswith(b"-WRONGPASS")
    except OSError:
        return False


@dataclass
class RedisServer:
    """One running server.

    Attributes:
        spec: what it is.
        process: the process, once started.
    """

    spec: ServerSpec
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """Where its words go."""
        return self.spec.config.with_suffix(".log")

    def start(self, seconds: float = 20) -> None:
        """Start it and wait until it answers.

        Raises:
            RuntimeError: it ended or did not answer in time; the log's end is in the message.
        """
        self.spec.prepare()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.spec.argv,
                stdout=log,
                stderr=log,
                preexec_fn=_die_with_parent,  # noqa: PLW1509
            )
        until = time.monotonic() + seconds
        while not listening(self.spec):
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"redis did not start: {self.log.read_text()[-2000:]}")
            time.sleep(0.002)

    def kill(self) -> None:
        """Kill it as a crash would (SIGKILL) and wait until it is gone."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        """End it gracefully; kill it if it takes longer than 5 s."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.kill()


@dataclass
class RedisPair:
    """The two servers of a test, and how every role reaches them."""

    folder: Path
    passwords: dict[str, str]
    pair: Pair
    durable: RedisServer
    live: RedisServer | None
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.engine = self.pair.durable.engine

    def durable_url(self, role: str = "core") -> str:
        """Return the durable server's address for a role."""
        return self.pair.durable.url(role, self.passwords[role])

    def live_url(self, role: str = "live") -> str:
        """Return the live server's address for a role."""
        return self.pair.live.url(role, self.passwords[role])


@contextmanager
def private_redis(
    state: Path | None = None,
    *,
    live: bool = True,
    search: bool = False,
    fsync: Literal["always", "everysec"] = "always",
    maxmemory_mb: int = 256,
    tester: bool = False,
) -> Iterator[RedisPair]:
    """Run a durable server, and a live one, with all roles; both are gone afterwards.

    Use it from the main thread: the servers die with the thread that started them.

    Args:
        state: the state folder; a temporary one unless given (then data survives for a restart).
        live: whether to start the live server as well.
        search: whether to load the query engine, if there is one.
        fsync: the durable server's policy.
        maxmemory_mb: the durable server's bound.
        tester: whether there is a user `tester` who may do anything.
    """
    folder = Path(tempfile.mkdtemp(prefix="nx-", dir="/tmp"))
    engine = find_engine()
    if not search:
        engine = Engine(engine.binary, engine.version)
    passwords = new_passwords()
    pair = private_pair(
        state or folder,
        passwords,
        engine=engine,
        sockets=folder / "run",
        maxmemory_mb=maxmemory_mb,
        fsync=fsync,
    )
    if tester:
        passwords[TESTER] = secrets.token_hex(16)
        line = f"user {TESTER} on >{passwords[TESTER]} ~* &* +@all\n"
        pair = Pair(
            replace(pair.durable, users=pair.durable.users + line),
            replace(pair.live, users=pair.live.users + line),
        )
    first = RedisServer(pair.durable)
    second = RedisServer(pair.live) if live else None
    try:
        first.start()
        if second:
            second.start()
        yield RedisPair(folder, passwords, pair, first, second)
    finally:
        for server in (first, second):
            if server:
                server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    with private_redis() as servers:
        sys.stdout.write(f"{servers.durable_url('core')}\n{servers.live_url()}\n")
        sys.stdout.flush()
        sys.stdin.read()
