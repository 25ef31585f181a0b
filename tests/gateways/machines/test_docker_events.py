"""What a real daemon tells of its containers, read as it comes; and what is no daemon."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import docker
import pytest

from gateways.machines.docker_events import LARGEST, TYPES, Change, DockerEvents, Reader
from processors.events.types import Types
from schemas.errors import Refused, Transient
from schemas.events import RESERVED
from tests.gateways.machines.dockerd import IMAGE, ended, started


async def until(url: str, since: int, *last: tuple[str, str]) -> list[Change]:
    """Read until all of these (type, container) came."""
    missing, found = set(last), []
    async with asyncio.timeout(60), aclosing(DockerEvents(url).changes(since)) as changes:
        async for change in changes:
            found.append(change)
            missing.discard((change.type, change.data["container"]))
            if not missing:
                break
    return found


@pytest.mark.timeout(120)
async def test_what_happens_to_containers_is_told_in_their_words(dockerd: str) -> None:
    since = time.time_ns()
    started(dockerd, "short", "exit 3")
    ended(dockerd, "short")
    started(dockerd, "long", "trap 'exit 0' TERM; while :; do sleep 1; done")
    client = docker.DockerClient(dockerd, timeout=20)
    one = client.containers.get("long")
    one.kill("HUP")
    one.pause()
    one.unpause()
    await asyncio.to_thread(one.stop, timeout=5)
    one.remove()
    client.containers.run(
        IMAGE, ["/bin/sh", "-c", "sleep 60"], name="ill", detach=True, network_mode="none",
        healthcheck={"test": ["CMD", "/bin/sh", "-c", "exit 1"], "interval": 10**9, "retries": 1},
    )  # fmt: skip
    found = await until(dockerd, since, ("docker.container.health", "ill"))
    client.containers.get("ill").kill()
    client.close()
    told = [(one.type.rpartition(".")[2], one.data["container"]) for one in found]
    assert told == [
        ("created", "short"), ("started", "short"), ("died", "short"),
        ("created", "long"), ("started", "long"), ("paused", "long"), ("unpaused", "long"),
        ("died", "long"), ("removed", "long"),
        ("created", "ill"), ("started", "ill"), ("health", "ill"),
    ]  # fmt: skip
    deaths = {one.data["container"]: one.data for one in found if one.type.endswith("died")}
    assert (deaths["short"]["exit_code"], deaths["short"]["asked"]) == (3, False)
    assert deaths["long"]["asked"] is True
    assert found[-1].data["status"] == "unhealthy"
    # Asked again, it tells the same under the same names.
    again = await until(dockerd, since, ("docker.container.health", "ill"))
    assert [one.key for one in again[: len(found)]] == [one.key for one in found]
    assert len({one.key for one in found}) == len(found)
    types = Types(TYPES)
    for change in found:
        assert types.check(change.type, change.data) == 1
        assert change.type in RESERVED


async def test_without_a_daemon_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(Transient, match="not running"):
        await anext(DockerEvents(f"unix://{tmp_path}/none").changes(0))


@asynccontextmanager
async def saying(path: Path, *pieces: bytes) -> AsyncIterator[str]:
    """Run a wire stand-in that says this and goes; yield its address."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(answer, path)
    async with server:
        yield f"unix://{path}"


def event(action: str, at: int, **about: str) -> bytes:
    actor = {"ID": "f" * 64, "Attributes": {"name": "web", "image": "i", **about}}
    said = {"Type": "container", "Action": action, "Actor": actor, "timeNano": at}
    return json.dumps(said).encode() + b"\n"


async def test_what_is_no_news_or_too_long_is_passed_over(tmp_path: Path) -> None:
    head = b"HTTP/1.0 200 OK\r\n\r\n"
    huge = b'{"Type": "' + b"x" * (2 * LARGEST) + b'"}\n'
    pieces = (
        head, b"no JSON\n", b"[]\n", b'{"Type": "container"}\n', huge,
        event("exec_start: sh", 1), event("start", 2), event("die", 3, exitCode="x"),
        event("die", 4)[:30],
    )  # fmt: skip
    async with (
        saying(tmp_path / "d", *pieces) as url,
        aclosing(DockerEvents(url).changes(0)) as changes,
    ):
        found = [await anext(changes), await anext(changes)]
        with pytest.raises(Transient, match="ended its stream"):
            await anext(changes)
    assert [one.type for one in found] == ["docker.container.started", "docker.container.died"]
    assert found[1].data["exit_code"] == -1


@pytest.mark.parametrize("said", [b"HTTP/1.0 500 No\r\n\r\n", b"HTTP/1.0 200", b"garbage\r\n\r\n"])
async def test_what_speaks_otherwise_is_no_daemon(tmp_path: Path, said: bytes) -> None:
    async with saying(tmp_path / "d", said) as url:
        with pytest.raises((Transient, Refused)):
            await anext(DockerEvents(url).changes(0))


def test_only_a_signal_that_ends_means_that_somebody_wanted_it() -> None:
    reader = Reader()

    def asked(signal: str, later: int) -> bool:
        assert reader.read(event("kill", 10, signal=signal)) is None
        change = reader.read(event("die", 10 + later, exitCode="137"))
        assert change is not None
        return bool(change.data["asked"])

    assert asked("15", 5)
    assert asked("9", 60_000_000_000)
    assert not asked("1", 5)
    assert not asked("15", 60_000_000_001)
