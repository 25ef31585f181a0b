"""The Docker gateway, against a real daemon, and against none."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path

import pytest

from gateways.machines.docker import Docker
from schemas.errors import Invalid, NotFound, Refused, Transient
from tests.gateways.machines.dockerd import ended, started


async def test_lists_and_reads_logs(dockerd: str) -> None:
    started(dockerd, "talker", "echo one; echo two >&2; echo three; sleep 600")
    started(dockerd, "finished", "echo done")
    ended(dockerd, "finished")
    docker = Docker(dockerd)
    found = {container.name: container for container in await docker.containers()}
    assert found["talker"].state == "running"
    assert found["finished"].state == "exited"
    assert found["talker"].image.startswith("tests/busybox")
    assert (await docker.logs("finished", 10)) == "done\n"
    assert len((await docker.logs("talker", 2)).splitlines()) == 2


async def test_a_flood_is_cut_to_its_end(dockerd: str) -> None:
    started(dockerd, "flood", "seq 1 200000")
    ended(dockerd, "flood")
    text = await Docker(dockerd, timeout=30).logs("flood", 200_000)
    assert len(text) <= 256_000
    assert text.endswith("200000\n")


async def test_an_unknown_container_is_not_found(dockerd: str) -> None:
    with pytest.raises(NotFound):
        await Docker(dockerd).logs("nobody", 10)


@pytest.mark.parametrize("name", ["../x", "a/b", "", "-v", "a b", "x" * 200, "ä", "a\n"])
async def test_what_is_no_name_reaches_no_daemon(name: str) -> None:
    with pytest.raises(Invalid):
        await Docker("unix:///nowhere").logs(name, 10)


async def test_no_daemon_is_said(tmp_path: Path) -> None:
    with pytest.raises(Transient, match="Docker is not running on this machine"):
        await Docker(f"unix://{tmp_path}/none.sock").containers()


async def test_a_dead_socket_is_said(tmp_path: Path) -> None:
    path = tmp_path / "d"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
    with pytest.raises(Transient, match="nobody answers"):
        await Docker(f"unix://{path}").containers()


@pytest.mark.timeout(60)
async def test_a_daemon_that_hangs_is_said(tmp_path: Path) -> None:
    path = tmp_path / "d"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen(1)
        with pytest.raises((Transient, Refused), match="did not answer within"):
            await Docker(f"unix://{path}", timeout=0.3).containers()


@pytest.mark.timeout(60)
async def test_a_log_that_stalls_is_shut(tmp_path: Path) -> None:
    """A wire stand-in: it speaks as much of the daemon's protocol as it takes to stall."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while request := (await reader.readuntil(b"\r\n\r\n")).split(b" ", 2):
            if b"/logs" in request[1]:
                frame = b"\x01\0\0\0\0\0\0\x05hello"
                writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                writer.write(b"%x\r\n%s\r\n" % (len(frame), frame))
                await writer.drain()
                await reader.read()
                break
            body = json.dumps({"ApiVersion": "1.41", "Config": {"Tty": False}}).encode()
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            writer.write(head + b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(answer, tmp_path / "d")
    async with server:
        with pytest.raises(Transient, match="did not finish the log"):
            await Docker(f"unix://{tmp_path}/d", timeout=0.5).logs("web", 10)
