"""Docker as a producer: a real daemon's events are told once each, also across breaks."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from gateways.machines.docker_events import Change, DockerEvents
from ops import secrets
from ops.events.docker import Watching
from schemas.desk import Happened
from streams.sign import Gateway
from tests.gateways.machines.dockerd import ended, started
from tests.stand import Stand, soon

OURS = Gateway("docker", b"d" * 32, frozenset({"docker"}))


class Relay:
    """Stands before the daemon, and can be away: the line breaks as when a daemon is restarted."""

    def __init__(self, url: str, path: Path) -> None:
        self._daemon, self.path = url.removeprefix("unix://"), path
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.asked = 0

    async def there(self) -> None:
        self._server = await asyncio.start_unix_server(self._serve, self.path)

    async def away(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in tuple(self._open):
            writer.transport.abort()
        self.path.unlink()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked += 1
        theirs, out = await asyncio.open_unix_connection(self._daemon)
        self._open |= {writer, out}
        with suppress(OSError):
            await asyncio.gather(_copied(reader, out), _copied(theirs, writer))


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def watching(stand: Stand, url: str, file: Path) -> AsyncIterator[None]:
    door = stand.ingress(gateway=OURS)
    task = asyncio.create_task(Watching(DockerEvents(url), door, file, 0.05).run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def died(stand: Stand) -> Counter[str]:
    told = [Happened.model_validate_json(one) for one in await stand.data("events")]
    return Counter(
        str(one.data["container"]) for one in told if one.type == "docker.container.died"
    )


@pytest.mark.timeout(180)
async def test_everything_is_told_once_whoever_goes_away(
    stand: Stand, dockerd: str, tmp_path: Path
) -> None:
    relay, file = Relay(dockerd, tmp_path / "relay"), tmp_path / "since"
    url = f"unix://{relay.path}"

    async def run(name: str) -> None:
        await asyncio.to_thread(started, dockerd, name, "exit 1")
        await asyncio.to_thread(ended, dockerd, name)

    async def all_told(*names: str) -> None:
        wanted = Counter(names)
        await soon(lambda: _equal(stand, wanted), 40)

    async with watching(stand, url, file):
        await relay.there()
        await soon(lambda: relay.asked, 20)
        await run("one")
        await all_told("one")
        # The daemon's line breaks; what ends meanwhile is told afterwards.
        await relay.away()
        await run("two")
        await relay.there()
        await all_told("one", "two")
    # The server is down; then there are two of it, as while one is replaced by another.
    await run("three")
    async with watching(stand, url, file), watching(stand, url, file):
        await run("four")
        await all_told("one", "two", "three", "four")
    # A lost note of where it was costs nothing but the question.
    file.write_text("0")
    asked = relay.asked
    async with watching(stand, url, file):
        await soon(lambda: relay.asked > asked and file.read_text() != "0", 20)
        await run("five")
        await all_told("one", "two", "three", "four", "five")
    await relay.away()
    for entry in await stand.entries("events"):
        assert OURS.signed(entry["data"].encode(), entry["sig"])


async def _equal(stand: Stand, wanted: Counter[str]) -> bool:
    return await died(stand) == wanted


async def test_without_docker_nothing_is_told_and_nothing_fails(
    stand: Stand, tmp_path: Path
) -> None:
    async with watching(stand, f"unix://{tmp_path}/none", tmp_path / "since"):
        await asyncio.sleep(0)  # it looks, and goes on looking
    assert await stand.entries("events") == []


class Daemon:
    """Tells two things, and then nothing."""

    async def changes(self, since: int) -> AsyncGenerator[Change]:
        for number in (1, 2):
            about = {"container": f"c{number}", "id": "1", "image": "i"}
            yield Change("docker.container.started", about, since + number, f"k{number}")
        await asyncio.Event().wait()


async def test_a_full_disk_ends_nothing(
    stand: Stand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What follows the daemon ends the whole process with it, if it ends."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(secrets, "replace", full)
    daemon: Any = Daemon()
    door, file = stand.ingress(gateway=OURS), tmp_path / "since"
    task = asyncio.create_task(Watching(daemon, door, file).run())

    async def told() -> bool:
        return task.done() or len(await stand.entries("events")) == 2

    await soon(told)
    assert not task.done()
    task.cancel()
    await asyncio.wait((task,))
