"""A server of its own for the tests of the command line, and a way to give commands to it."""

from __future__ import annotations

import json
import os
import pkgutil
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from streams.embedded import socket_folder
from tests.house.tree import ROOT
from tests.ready import AT_START, ready

SECONDS = 60.0
CODE = "from ops.cli import app; app()"
LOADED = (
    *(f"ops.cli.{one.name}" for one in pkgutil.iter_modules([str(ROOT / "ops/cli")])),
    *("ops.backups.service", "ops.journal.pages", "ops.journal.reader", "ops.launch"),
    *("ops.layout", "ops.main", "ops.replay.service", "ops.rotation", "ops.users.book"),
    *("ops.vacancy", "uvloop"),
)
"""What commands load, at once or when they run."""
LONG = 4_000
"""Lines of an answer that needs several parts."""
HOSTILE = "\x1b[2J\x9b1;1H\u202eevil\n" + "\n".join(f"line {number:04}" for number in range(LONG))
SCRIPTS: dict[str, list[dict[str, Any]]] = {
    "haiku": [{"text": ["one ", "two ", "three"], "pause": 1.5}],
    "sonnet": [{"text": HOSTILE}],
    "opus": [{"text": ["It has begun ", "and never ends"], "pause": 600}],
}
"""What the models of the server say that the tests start; the default one is the built-in."""


def free_port() -> int:
    """Return a port that nobody has at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until a condition is true that nobody has to be asked about."""
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.005)


@dataclass(frozen=True)
class Nexus:
    """The command `nexus` with a state folder."""

    root: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a person's shell would hand on."""
        mine = {k: v for k, v in os.environ.items() if not k.startswith(("NEXUS_", "REDIS_"))}
        return {**mine, "NEXUS_ROOT": str(self.root), "PYTHONPATH": str(ROOT), "COLUMNS": "100"}

    @property
    def command(self) -> list[str]:
        """How to run it, wherever it is installed."""
        return [sys.executable, "-P", "-c", CODE]

    def __call__(
        self, *words: str, stdin: str | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        if not any(name.startswith(AT_START) for name in environment):
            env = {**self.environment, **environment}
            return ready(*LOADED).run(("-c", CODE, *words), env, stdin, SECONDS)
        return subprocess.run(
            [*self.command, *words],
            env={**self.environment, **environment},
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def json(self, *words: str, status: int = 0) -> Any:
        """Run a command that must end with this status; return the one JSON value it prints."""
        ran = self(*words, "--json")
        assert ran.returncode == status, ran.stdout + ran.stderr
        (line,) = ran.stdout.splitlines()
        return json.loads(line)

    def redis(self, role: str) -> Redis:
        """Return a client of the durable server, in one of its roles."""
        return Redis(
            unix_socket_path=str(socket_folder(self.root) / "durable.sock"),
            username=role,
            password=(self.root / f"secrets/redis/{role}").read_text().strip(),
            decode_responses=True,
        )

    def until(self, true: Callable[[Any], bool]) -> Any:
        """Wait until the server's status is as it should be, and return it."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            found = self.json("status")
            if true(found):
                return found
        raise AssertionError(f"it never became true; at last: {found}")


@pytest.fixture(scope="session")
def port() -> int:
    """Where the server listens."""
    return free_port()


@pytest.fixture(scope="session")
def nexus(port: int) -> Iterator[Nexus]:
    """A server that was started as a person starts it."""
    folder = Path(tempfile.mkdtemp(prefix="nx-", dir="/tmp"))
    server = Nexus(folder / "n")
    try:
        ran = server("init", "--port", str(port))
        assert ran.returncode == 0, ran.stderr
        for tier, script in SCRIPTS.items():
            file = folder / f"{tier}.json"
            file.write_text(json.dumps(script))
            assert server("config", "set", f"models.{tier}", f"scripted:{file}").returncode == 0
        ran = server("up", "--detach")
        assert ran.returncode == 0, ran.stderr
        yield server
    finally:
        server("down")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Nexus]:
    """A state folder where nothing runs; stopped afterwards, whatever the test started."""
    server = Nexus(tmp_path / "n")
    yield server
    server("down")
