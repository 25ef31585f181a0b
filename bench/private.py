"""A private durable Redis for one benchmark: as the server runs it, and gone afterwards."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from streams.embedded import find_engine, private_pair
from streams.roles import ROLES

FLOOR_USER = "floor"
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Urls:
    """Who is who on it: the pipeline's role, the one that loads functions, the bare user.

    Attributes:
        live: the live feed's role on a live Redis; "" where none runs.
    """

    core: str
    boot: str
    floor: str
    live: str = ""


@contextmanager
def durable_redis(*, live: bool = False) -> Iterator[Urls]:
    """Run one with `appendfsync always` and every role, and one user more for the floor.

    Args:
        live: whether a live Redis runs beside it.

    Raises:
        RuntimeError: it did not start within 20 s.
    """
    folder = Path(tempfile.mkdtemp(prefix="nexus-bench-"))
    folder.chmod(0o700)
    passwords = {role: secrets.token_hex(16) for role in (*ROLES, FLOOR_USER)}
    pair = private_pair(folder, passwords, engine=find_engine(), sockets=folder / "run")
    bare = f"user {FLOOR_USER} on >{passwords[FLOOR_USER]} ~* &* +@all\n"
    server = replace(pair.durable, users=pair.durable.users + bare)
    started = [(server, FLOOR_USER), (pair.live, "live")][: 1 + live]
    processes = []
    try:
        for one, who in started:
            one.prepare()
            processes.append(subprocess.Popen(one.argv, stdout=subprocess.DEVNULL))
            _wait(one.url(who, passwords[who]), processes[-1])
        urls = Urls(*(server.url(who, passwords[who]) for who in ("core", "boot", FLOOR_USER)))
        yield replace(urls, live=pair.live.url("live", passwords["live"]) if live else "")
    finally:
        for process in processes:
            process.terminate()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def by_hand() -> AsyncIterator[tuple[int, str]]:
    """Run the floor of the web, on a durable Redis of its own; yield its port, and the Redis."""
    with durable_redis() as urls, socket.create_server(("127.0.0.1", 0)) as door:
        port = int(door.getsockname()[1])
        door.close()
        argv = (sys.executable, "-P", "-m", "bench.byhand", str(port), urls.floor)
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = await asyncio.create_subprocess_exec(*argv, env=env)
        try:
            for _ in range(2_000):
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    await asyncio.sleep(0.02)
                else:
                    writer.close()
                    break
            yield port, urls.floor
        finally:
            process.kill()
            await process.wait()


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
