"""The systemd gateway, against a program that speaks like `systemctl show` (a wire stand-in)."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from gateways.machines.systemd import Systemd
from schemas.errors import Invalid, NotFound, Refused, Transient
from tests.stand import soon

OUTPUT = """Id=ssh.service
Description=OpenBSD Secure Shell server
LoadState=loaded
ActiveState=active
SubState=running
UnitFileState=enabled
Result=success
MainPID=812

Id=backup.service
Description=Nightly backup
LoadState=loaded
ActiveState=failed
SubState=failed
UnitFileState=static
Result=exit-code
MainPID=0

Id=ghost.service
LoadState=not-found
"""


def speaking(folder: Path, script: str, timeout: float = 60) -> Systemd:
    program = folder / "systemctl"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o700)
    return Systemd(str(program), marker=folder, timeout=timeout)


def alive(pidfile: Path) -> bool:
    pid = pidfile.read_text().strip() if pidfile.exists() else ""
    return bool(pid) and os.path.exists(f"/proc/{pid}")


async def test_reads_what_systemctl_says(tmp_path: Path) -> None:
    (tmp_path / "out").write_text(OUTPUT)
    services = await speaking(tmp_path, f"cat {tmp_path}/out").services()
    assert [(one.name, one.active) for one in services] == [("backup", "failed"), ("ssh", "active")]
    assert services[1].pid == 812


async def test_the_name_is_one_argument_after_the_options(tmp_path: Path) -> None:
    systemd = speaking(tmp_path, f'printf "%s\\n" "$@" > {tmp_path}/args; env > {tmp_path}/env')
    with pytest.raises(NotFound):
        await systemd.service("ssh")
    assert (tmp_path / "args").read_text().splitlines()[-2:] == ["--", "ssh.service"]
    assert "HOME=" not in (tmp_path / "env").read_text()


@pytest.mark.parametrize("name", ["-H evil", "--root=/x", "a;reboot", "$(id)", "", "a b", "*"])
async def test_what_is_no_name_starts_no_program(tmp_path: Path, name: str) -> None:
    systemd = speaking(tmp_path, f"touch {tmp_path}/started")
    with pytest.raises(Invalid):
        await systemd.service(name)
    assert not (tmp_path / "started").exists()


async def test_without_systemd_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="does not run this machine"):
        await Systemd(marker=tmp_path / "none").services()


async def test_a_program_that_hangs_is_ended(tmp_path: Path) -> None:
    systemd = speaking(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 600", timeout=2)
    before = time.monotonic()
    with pytest.raises(Transient, match="did not answer"):
        await systemd.services()
    assert time.monotonic() - before < 30
    assert not alive(tmp_path / "pid")


async def test_a_program_that_ignores_a_request_to_end_leaves_nobody_behind(tmp_path: Path) -> None:
    """Neither itself nor what it left in the background, which holds its output open."""
    background = f"sleep 600 & echo $! > {tmp_path}/daemon"
    systemd = speaking(tmp_path, f"trap '' TERM; echo $$ > {tmp_path}/pid; {background}; wait")
    with pytest.raises(Transient, match="did not answer"):
        await systemd.services()
    assert not alive(tmp_path / "pid")
    await soon(lambda: not alive(tmp_path / "daemon"))


async def test_cancelling_ends_the_program(tmp_path: Path) -> None:
    systemd = speaking(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 600")
    asking = asyncio.create_task(systemd.services())
    async with asyncio.timeout(30):
        while not alive(tmp_path / "pid"):  # noqa: ASYNC110 - another process's file
            await asyncio.sleep(0.01)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert not alive(tmp_path / "pid")


@pytest.mark.timeout(60)
async def test_a_flood_is_cut(tmp_path: Path) -> None:
    assert await speaking(tmp_path, "exec yes Id=x").services() == ()


def writing(folder: Path, script: str) -> Systemd:
    """A systemd that knows ssh and backup, and whose journal is a script."""
    (folder / "out").write_text(OUTPUT.partition("\n\n")[0] + "\n")
    speaking(folder, f"cat {folder}/out")
    journal = folder / "journalctl"
    journal.write_text(f"#!/bin/sh\n{script}\n")
    journal.chmod(0o700)
    return Systemd(str(folder / "systemctl"), marker=folder, journal=str(journal))


async def test_a_log_is_that_of_the_service_and_no_longer_than_asked(tmp_path: Path) -> None:
    systemd = writing(tmp_path, f'printf "%s\\n" "$@" > {tmp_path}/args; echo a line')
    assert await systemd.log("ssh", 50) == "a line\n"
    asked = (tmp_path / "args").read_text().splitlines()
    assert asked[-2:] == ["--lines=50", "--unit=ssh.service"]
    for name in ("--file=/etc/shadow", "a b", "*"):
        with pytest.raises(Invalid):
            await systemd.log(name, 50)


async def test_a_log_that_may_not_be_read_is_no_empty_one(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be read"):
        await writing(tmp_path, "exit 1").log("ssh", 50)
