"""A server on the owner's Redis: found, waited for while it loads, named when it is not there."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

import pytest
from redis import Redis

from streams.embedded import find_engine
from tests.ops.cli.conftest import SECONDS, Nexus, free_port, wait_for

POLICY = {
    "durable": ("--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy",
                "noeviction", "--maxmemory", "256mb"),
    "live": ("--save", "", "--appendonly", "no"),
}  # fmt: skip


@dataclass
class Theirs:
    """The owner's two servers."""

    folder: Path
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def socket(self, name: str) -> Path:
        return self.folder / f"{name}.sock"

    def start(self, name: str, *more: str) -> None:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        command = [str(find_engine().binary), "--port", "0", "--unixsocket", str(self.socket(name))]
        command += ["--dir", str(folder), *POLICY[name], *more]
        self.running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))
        wait_for(self.socket(name).exists)

    def client(self) -> Redis:
        return Redis(unix_socket_path=str(self.socket("durable")))

    def stop(self) -> None:
        for one in self.running:
            one.terminate()
        for one in self.running:
            one.wait(SECONDS)
        self.running.clear()

    @property
    def addresses(self) -> dict[str, str]:
        return {
            "REDIS_URL": f"unix://{self.socket('durable')}",
            "REDIS_LIVE_URL": f"unix://{self.socket('live')}",
        }


@pytest.fixture
def theirs(tmp_path: Path) -> Iterator[Theirs]:
    found = Theirs(tmp_path)
    yield found
    found.stop()


def test_a_server_on_them_works_and_lets_programs_knock_in_our_role(
    other: Nexus, theirs: Theirs
) -> None:
    theirs.start("durable")
    theirs.start("live")
    with theirs.client() as redis:
        redis.acl_setuser(
            "admin",
            enabled=True,
            passwords=["+hush"],
            keys=["*"],
            channels=["*"],
            commands=["+@all"],
        )
    given = theirs.addresses
    given["REDIS_URL"] = f"unix://admin@{theirs.socket('durable')}?password=hush"
    up = other("up", "-d", "--port", str(free_port()), **given)
    assert up.returncode == 0, up.stderr
    assert other("ask", "what time is it?", **given).stdout.startswith("It is ")
    line = other("events", "env", **given).stdout.strip()
    assert "--user producer" in line
    assert "hush" not in line, "the owner's own password is for nobody else"
    pasted = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True)
    assert pasted.stdout.strip().strip('"').replace("-", "").isdigit(), pasted.stdout
    for words in (("ask", "what time is it?"), ("events", "env"), ("dead", "list")):
        ran = other(*words)  # who forgets to name it is told so, and is led nowhere else
        assert ran.returncode == 3, ran.stdout
        assert "uses a Redis of yours: set REDIS_URL" in ran.stderr
    said = {one["check"]: one for one in json.loads(other("doctor", "--json").stdout)}
    assert "uses a Redis of yours: set REDIS_URL" in said["redis"]["text"]
    assert not any("logs durable" in one["advice"] for one in said.values())
    assert not any("`nexus down`, then `nexus up" in one["advice"] for one in said.values())


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("redis://127.0.0.1:6399/3", ["-h", "127.0.0.1", "-p", "6399", "-n", "3"]),
        ("rediss://me:hush@box", ["-h", "box", "-p", "6379", "--tls"]),
        ("unix:///run/r.sock?db=2", ["-s", "/run/r.sock", "-n", "2"]),
    ],
)
def test_the_line_leads_where_the_address_does(
    other: Nexus, address: str, words: list[str]
) -> None:
    assert other("init").returncode == 0
    password = (other.root / "secrets/redis/producer").read_text().strip()
    ran = other("events", "env", REDIS_URL=address)
    assert ran.returncode == 0, ran.stderr
    line = shlex.split(ran.stdout)
    assert line[0] == f"REDISCLI_AUTH={password}"
    assert line[2 : line.index("XADD")] == [*words, "--user", "producer"]


@pytest.mark.parametrize("words", [("up", "-d"), ("up",), ("run", "think")])
@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("unix://{folder}/none.sock", "no such file or directory"),
        ("redis://127.0.0.1:{port}", "connection refused"),
    ],
)
def test_a_server_that_is_not_there_is_named_within_seconds(
    other: Nexus, tmp_path: Path, words: tuple[str, ...], address: str, why: str
) -> None:
    url = address.format(folder=tmp_path, port=free_port())
    where = url.partition("://")[2]
    ran = other(*words, REDIS_URL=url)
    assert ran.returncode == 3
    assert ran.stdout == (
        f"  ..  Waiting for your Redis at {where} (REDIS_URL): nobody answers yet.\n"
    )
    assert ran.stderr == (
        f"No Redis server answers at {where}: {why}."
        " Start it, or unset REDIS_URL and LivOS runs its own.\n"
    )


def test_one_that_loads_its_data_is_waited_for(other: Nexus, theirs: Theirs) -> None:
    theirs.start("live")
    theirs.start("durable")
    with theirs.client() as redis, redis.pipeline(transaction=False) as pipe:
        for number in range(30_000):
            pipe.set(f"key:{number}", "x")
        pipe.execute()
    theirs.stop()
    theirs.start("live")
    # A millisecond a key; every 1,024 keys it looks at its clients.
    theirs.start("durable", "--key-load-delay", "1000")
    with subprocess.Popen(
        [*other.command, "up", "-d", "--port", str(free_port())],
        env={**other.environment, **theirs.addresses},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as up:
        assert up.stdout is not None
        # A server that has just begun may not answer yet: that is said first.
        loads = f"your Redis at {theirs.socket('durable')}: it loads its data"
        said = list(takewhile(lambda line: loads not in line, up.stdout))
        with theirs.client() as redis:
            redis.config_set("key-load-delay", 0)
        rest = up.stdout.read()
    assert up.returncode == 0, [*said, rest]
    assert "Ready in " in rest
