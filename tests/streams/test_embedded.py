"""The private servers: which program, which folder, and what survives."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import RedisError

from streams import embedded
from streams.embedded import find_engine, private_folder, private_pair, socket_folder
from streams.servers import SOCKET_LIMIT, Engine, Unfit
from streams.wire import Said, ask
from tests.redis_server import new_passwords, private_redis


@pytest.fixture
def short() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="nx-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def program(path: Path, says: str, code: int = 0) -> Path:
    """Write a program that answers --version like a Redis server."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n")
    path.chmod(0o755)
    return path


def says(version: str) -> str:
    return f"Redis server v={version} sha=00000000:0 malloc=jemalloc-5.3.0 bits=64"


def test_a_system_server_with_search_comes_first(
    short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    binary = program(short / "usr/bin/redis-server", says("8.2.1"))
    search = short / "usr/lib/redis/modules/redisearch.so"
    search.parent.mkdir(parents=True)
    search.touch()
    program(short / "venv/redis-stack/bin/redis-server", says("7.4.1"))
    monkeypatch.setenv("PATH", str(binary.parent))
    assert find_engine(prefix=short / "venv") == Engine(binary, (8, 2, 1), (search,))


def test_the_bundled_one_comes_before_a_system_server_without(
    short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = program(short / "usr/bin/redis-server", says("7.0.15"))
    monkeypatch.setenv("PATH", str(system.parent))
    home = short / "venv/redis-stack"
    bundled = program(home / "bin/redis-server", says("7.4.1"))
    (home / "lib").mkdir()
    for name in ("redisearch.so", "rejson.so"):
        (home / "lib" / name).touch()
    found = find_engine(prefix=short / "venv")
    assert found.binary == bundled
    assert [module.name for module in found.modules] == ["redisearch.so", "rejson.so"]
    # One that does not start, for want of a library, is as good as none.
    program(bundled, "error while loading shared libraries", 127)
    assert find_engine(prefix=short / "venv") == Engine(system, (7, 0, 15))


def test_old_and_none_are_refused(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(short))
    with pytest.raises(Unfit, match="No Redis server was found"):
        find_engine(prefix=short)
    old = program(short / "redis-server", says("6.0.16"))
    with pytest.raises(Unfit) as error:
        find_engine(prefix=short)
    assert str(error.value) == f"The Redis server at {old} is 6.0.16; at least 7.0 is needed."
    with pytest.raises(Unfit, match="does not start as a Redis server"):
        find_engine(binary=Path("/bin/false"))


def test_sockets_are_where_every_process_finds_them(short: Path) -> None:
    assert socket_folder(short) == short / "run"
    long = short / ("x" * 120)
    found = socket_folder(long)
    assert found == socket_folder(long)
    assert found != socket_folder(long / "y")
    assert found.name.startswith(f"nexus-{os.getuid()}-")
    assert len(bytes(found / "durable.sock")) <= SOCKET_LIMIT


def test_a_folder_others_made_or_can_enter_is_refused(short: Path) -> None:
    mine = private_folder(short / "run")
    assert mine.stat().st_mode & 0o777 == 0o700
    assert private_folder(mine) == mine
    mine.chmod(0o755)
    with pytest.raises(Unfit, match=r"has mode 0755; it must be 0700\.$"):
        private_folder(mine)
    (short / "link").symlink_to(short / "run")
    with pytest.raises(Unfit, match="and is a link"):
        private_folder(short / "link")
    if os.getuid() == 0:
        os.chown(mine, 12345, -1)
        with pytest.raises(Unfit, match="belongs to another user"):
            private_folder(mine)
    (short / "file").touch()
    with pytest.raises(Unfit, match="cannot be made: Not a directory"):
        private_folder(short / "file" / "run")


def test_a_missing_password_and_a_long_path_are_named(short: Path) -> None:
    passwords = new_passwords()
    del passwords["desk"]
    with pytest.raises(Unfit, match=r"^The Redis role desk has no password\.$"):
        private_pair(short, passwords)
    pair = private_pair(short, new_passwords(), sockets=short / ("x" * 110))
    with pytest.raises(
        Unfit, match=r"^The Redis socket path .* has \d+ bytes, and Linux allows 107"
    ):
        pair.prepare()


def test_files_are_private_and_hold_no_password() -> None:
    with private_redis() as servers:
        for spec in (servers.pair.durable, servers.pair.live):
            for path in (spec.config, spec.acl):
                assert path.stat().st_mode & 0o777 == 0o600
                assert not any(word in path.read_text() for word in servers.passwords.values())
            assert spec.socket.stat().st_mode & 0o777 == 0o700
            assert spec.socket.parent.stat().st_mode & 0o777 == 0o700


def test_paths_with_spaces_and_quotes() -> None:
    folder = Path(tempfile.mkdtemp(prefix="n x'\"\\", dir="/tmp"))
    try:
        with private_redis(folder / "a b"):
            pass
    finally:
        shutil.rmtree(folder)


def test_what_was_acknowledged_survives_a_kill_and_the_live_server_forgets() -> None:
    with private_redis() as servers:
        durable = Redis.from_url(servers.durable_url())
        live = Redis.from_url(servers.live_url())
        entries = [durable.xadd("nexus:inbox", {"data": str(n)}) for n in range(500)]
        live.set("nexus:live-epoch", "1")
        assert servers.live is not None
        for server in (servers.durable, servers.live):
            server.kill()
            server.start()
        assert [entry for entry, _ in durable.xrange("nexus:inbox") or ()] == entries
        assert live.get("nexus:live-epoch") is None


def test_functions_survive_a_kill() -> None:
    with private_redis(live=False) as servers:
        with Redis.from_url(servers.durable_url("boot")) as boot:
            code = "#!lua name=n\nredis.register_function('version', function() return 'v' end)"
            boot.function_load(code)
        servers.durable.kill()
        servers.durable.start()
        with Redis.from_url(servers.durable_url()) as core:
            assert core.fcall("version", 0) == b"v"


def test_memory_is_bounded_and_nothing_is_evicted() -> None:
    with private_redis(live=False, maxmemory_mb=16) as servers:
        redis = Redis.from_url(servers.durable_url())
        kept = 0

        def fill() -> None:
            nonlocal kept
            for _ in range(100_000):
                redis.xadd("nexus:inbox", {"data": "x" * 10_000})
                kept += 1

        with pytest.raises(RedisError, match="used memory > 'maxmemory'"):
            fill()
        assert redis.xlen("nexus:inbox") == kept


async def test_the_lean_client_asks_and_is_refused() -> None:
    with private_redis(live=False) as servers:
        where = servers.pair.durable.socket
        core = ("core", servers.passwords["core"])
        assert await ask(where, *core, "PING") == "PONG"
        assert await ask(where, *core, "GET", "nexus:none") is None
        assert await ask(where, *core, "RPUSH", "nexus:turn:x", "é", b"\xff") == 2
        assert await ask(where, *core, "LRANGE", "nexus:turn:x", "0", "-1") == ["é", "\ufffd"]
        with pytest.raises(Said, match="NOPERM"):
            await ask(where, *core, "KEYS", "*")
        with pytest.raises(Said, match="WRONGPASS"):
            await ask(where, "core", "nope", "PING")
    with pytest.raises(OSError, match="No such file"):
        await ask(where, *core, "PING")


@pytest.mark.skipif(not find_engine().can_search, reason="no query engine on this machine")
def test_the_query_engine_is_the_memory_role_s_alone() -> None:
    with private_redis(live=False, search=True) as servers:
        memory: Any = Redis.from_url(servers.durable_url("memory"))
        memory.execute_command(
            "FT.CREATE nexus:memory:i ON HASH PREFIX 1 nexus:memory: SCHEMA t TEXT"
        )
        memory.hset("nexus:memory:1", mapping={"t": "hello world"})
        assert memory.execute_command("FT.SEARCH", "nexus:memory:i", "hello")
        with pytest.raises(RedisError, match="permission"):
            memory.execute_command("FT.CREATE", "i", "SCHEMA", "t", "TEXT")
        core: Any = Redis.from_url(servers.durable_url())
        with pytest.raises(RedisError, match="permission"):
            core.execute_command("FT.SEARCH", "nexus:memory:i", "hello")


def test_describing_servers_loads_no_client_library() -> None:
    code = "import sys, streams.embedded, streams.wire; print(*sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert not {"redis", "pydantic", "faststream"} & set(answer.stdout.split())
    assert embedded.FLOOR == (7, 0, 0)
