"""A server that cannot keep the promises is refused in one exact sentence."""

from __future__ import annotations

import asyncio
import dataclasses
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from streams.policy import Away, inspect, install_roles, place
from streams.servers import Unfit
from tests.redis_server import RedisServer, new_passwords, private_redis


@asynccontextmanager
async def given(*changes: str, users: str | None = None) -> AsyncIterator[str]:
    """Run a server as an owner might have it: durable unless changed, everything allowed."""
    with private_redis(live=False) as servers:
        servers.durable.stop()
        spec = servers.pair.durable
        lines = tuple(line for line in spec.lines if line.split()[0] not in {"aclfile"})
        lines += changes or ()
        if users is not None:
            lines += (f'aclfile "{spec.acl}"',)
        changed = dataclasses.replace(spec, lines=lines, users=users or "")
        server = RedisServer(changed)
        changed.prepare()
        log = server.log.open("ab")
        process = await asyncio.create_subprocess_exec(*changed.argv, stdout=log, stderr=log)
        log.close()
        try:
            async with asyncio.timeout(10):
                while not _listens(spec.socket):  # noqa: ASYNC110 - no event tells of it
                    await asyncio.sleep(0.005)
            yield f"unix://{spec.socket}"
        finally:
            process.terminate()
            await process.wait()


def _listens(path: Path) -> bool:
    """Whether somebody takes calls there; the file is there a little sooner."""
    with socket.socket(socket.AF_UNIX) as call:
        return call.connect_ex(str(path)) == 0


async def test_a_private_pair_is_fit() -> None:
    with private_redis() as servers:
        found = await inspect(servers.durable_url("boot"), "durable")
        assert found.version >= (7, 0)
        assert found.notes == ()
        assert not found.search
        live = await inspect(servers.live_url("boot"), "live")
        assert live.notes == ()


async def test_a_given_durable_server_is_fit() -> None:
    async with given() as url:
        assert (await inspect(url, "durable")).notes == ()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("appendonly no", "has appendonly no; set it yes."),
        ("appendfsync no", "has appendfsync no; set it always."),
        (
            "appendfsync everysec",
            "has appendfsync everysec; set it always, or set NEXUS_STREAMS__DURABILITY=everysec.",
        ),
        (
            "no-appendfsync-on-rewrite yes",
            "has no-appendfsync-on-rewrite yes, so that it syncs nothing while it rewrites its log"
            " or is copied; set it no.",
        ),
        (
            "maxmemory-policy allkeys-lru",
            "has maxmemory-policy allkeys-lru, which forgets messages; set it noeviction.",
        ),
    ],
)
async def test_the_wrong_policy_is_named(line: str, said: str) -> None:
    async with given(line) as url:
        with pytest.raises(Unfit) as error:
            await inspect(url, "durable")
        assert str(error.value) == f"The Redis server at {place(url)} {said}"
        assert (await inspect(url, "live")).notes == ()


async def test_everysec_is_a_choice_that_is_named() -> None:
    async with given("appendfsync everysec") as url:
        found = await inspect(url, "durable", durability="everysec")
    assert found.notes == ("Redis syncs once a second: a power cut may lose the last second.",)


async def test_no_bound_on_memory_is_named() -> None:
    async with given("maxmemory 0") as url:
        assert "has no maxmemory" in (await inspect(url, "durable")).notes[0]


HIDDEN = "user default on nopass ~* &* +@all -config -acl\n"


async def test_a_server_that_hides_its_policy_needs_a_word_of_the_owner() -> None:
    async with given(users=HIDDEN) as url:
        with pytest.raises(Unfit, match=r"does not show its configuration; .*UNCHECKED_REDIS=true"):
            await inspect(url, "durable")
        found = await inspect(url, "durable", unchecked=True)
        assert found.notes == (
            f"The persistence of the Redis server at {place(url)} is not checked.",
        )
        passwords = new_passwords()
        with pytest.raises(Unfit, match=r"does not let us add our users .*UNCHECKED_REDIS=true"):
            await install_roles(url, "durable", passwords, engine=False, unchecked=False)
        notes = await install_roles(url, "durable", passwords, engine=False, unchecked=True)
        assert notes == (f"All processes use one user on the Redis server at {place(url)}.",)


async def test_a_given_server_gets_our_roles() -> None:
    passwords = new_passwords()
    async with given() as url:
        notes = await install_roles(url, "durable", passwords, engine=False, unchecked=False)
        assert "has no aclfile: it forgets our roles on restart." in notes[0]
        core = Redis(unix_socket_path=place(url), username="core", password=passwords["core"])
        assert await core.xadd("nexus:inbox", {"data": "{}"})
        await core.aclose()
        # The owner's own user stays as it was.
        assert (await inspect(url, "durable")).notes == ()
    async with given(users="user default on nopass ~* &* +@all\n") as url:
        assert await install_roles(url, "durable", passwords, engine=False, unchecked=False) == ()


async def test_passwords_missing_and_wrong() -> None:
    async with given("requirepass hush-hush-hush-hush") as url:
        with pytest.raises(Unfit) as error:
            await inspect(url, "durable")
        assert str(error.value) == (
            f"The Redis server at {place(url)} wants a password, and none is set."
        )
        wrong = url.replace("unix://", "unix://default:nope@")
        with pytest.raises(Unfit, match="wants another user or password") as error:
            await inspect(wrong, "durable")
        assert "nope" not in str(error.value)


async def test_a_socket_that_is_not_there_or_too_long() -> None:
    with pytest.raises(Unfit, match=r"^There is no Redis socket at /nowhere/redis\.sock\.$"):
        await inspect("unix:///nowhere/redis.sock", "durable")
    long = "/tmp/" + "x" * 110
    with pytest.raises(Unfit) as error:
        await inspect(f"unix://{long}", "durable")
    assert str(error.value) == (
        f"The Redis socket path {long} has 115 bytes, and Linux allows 107."
    )


async def test_nobody_at_home_is_no_verdict() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(Away, match=f"^No Redis server answers at 127.0.0.1:{port}: "):
            await inspect(f"redis://u:hush@127.0.0.1:{port}/0", "durable")


async def test_too_old_is_refused() -> None:
    """A server that only says it is old: the sentence is what is tested."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            if line.strip().upper() == b"HELLO":
                writer.write(b"%1\r\n+proto\r\n:3\r\n")
            elif line.strip().upper() == b"INFO":
                text = b"# Server\r\nredis_version:6.0.16\r\n"
                writer.write(b"$%d\r\n%s\r\n" % (len(text), text))
            elif line.strip().upper() == b"SETINFO":
                writer.write(b"+OK\r\n")
        writer.close()

    with tempfile.TemporaryDirectory(prefix="nx-", dir="/tmp") as folder:
        path = Path(folder) / "old.sock"
        server = await asyncio.start_unix_server(serve, str(path))
        with pytest.raises(Unfit) as error:
            await inspect(f"unix://{path}", "durable")
        server.close()
    assert str(error.value) == f"The Redis server at {path} is 6.0.16; at least 7.0 is needed."


def test_addresses_are_shown_without_credentials() -> None:
    assert place("redis://u:hush@host:7000/0") == "host:7000"
    assert place("unix://u:hush@/run/r.sock?db=0") == "/run/r.sock"
