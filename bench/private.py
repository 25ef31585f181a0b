"""A private durable Redis for one benchmark: as the server runs it, and gone afterwards."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from streams.embedded import find_engine, private_pair
from streams.roles import ROLES

FLOOR_USER = "floor"


@dataclass(frozen=True)
class Urls:
    """Who is who on it: the pipeline's role, the one that loads functions, the bare user."""

    core: str
    boot: str
    floor: str


@contextmanager
def durable_redis() -> Iterator[Urls]:
    """Run one with `appendfsync always` and every role, and one user more for the floor.

    Raises:
        RuntimeError: it did not start within 20 s.
    """
    folder = Path(tempfile.mkdtemp(prefix="nexus-bench-"))
    folder.chmod(0o700)
    passwords = {role: secrets.token_hex(16) for role in (*ROLES, FLOOR_USER)}
    pair = private_pair(folder, passwords, engine=find_engine(), sockets=folder / "run")
    bare = f"user {FLOOR_USER} on >{passwords[FLOOR_USER]} ~* &* +@all\n"
    server = replace(pair.durable, users=pair.durable.users + bare)
    server.prepare()
    process = subprocess.Popen(server.argv, stdout=subprocess.DEVNULL)
    try:
        _wait(server.url(FLOOR_USER, passwords[FLOOR_USER]), process)
        yield Urls(*(server.url(who, passwords[who]) for who in ("core", "boot", FLOOR_USER)))
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 20
    with Redis.from_url(url) as client:
        while process.poll() is None and time.monotonic() < until:
            try:
                client.ping()
            except RedisError:
                time.sleep(0.01)
            else:
                return
    raise RuntimeError("the private Redis did not start")
