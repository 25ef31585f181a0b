"""Vital signs, compared with what the system itself says."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
from pathlib import Path

import psutil
import pytest

from gateways.machines.vitals import Vitals, script


async def test_disks_equal_the_systems_numbers() -> None:
    disks = await Vitals().disks()
    assert disks[0].mount == "/"
    for disk in disks:
        usage = shutil.disk_usage(disk.mount)
        assert disk.total == usage.total
        assert disk.free == pytest.approx(usage.free, rel=0.01)
        assert disk.used == pytest.approx(usage.used, rel=0.01)


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("python3 /srv/app/main.py --password s3cret", "main.py"),
        ("python -u -m ops.worker think", "ops.worker"),
        ("python3.11 -c print('s3cret')", ""),
        ("python -X s3cret main.py", ""),
        ("python -", ""),
        ("python", ""),
        ("python -m", ""),
        ("bash -s s3cret", ""),
        ("bash -c s3cret", ""),
        ("bash backup.sh s3cret", "backup.sh"),
        ("node https://anna:s3cret@example.org/a?b=s3cret", ""),
        ("node server.js", "server.js"),
        ("perl -m s3cret", ""),
    ],
)
def test_of_an_interpreter_only_the_program_is_told(command: str, told: str) -> None:
    name, *words = command.split()
    assert script(name, words) == told


async def test_a_process_tells_what_it_runs(tmp_path: Path) -> None:
    program = tmp_path / "sleeper.py"
    program.write_text("print(flush=True)\ninput()\n")
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        program,
        "s3cret",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert running.stdout is not None
        await running.stdout.readline()
        (found,) = [each for each in await Vitals().processes() if each.pid == running.pid]
        assert found.script == "sleeper.py"
        assert "s3cret" not in repr(found)
    finally:
        running.kill()
        await running.wait()


async def test_the_processor_is_measured_while_the_loop_goes_on() -> None:
    turns = 0

    async def turning() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0.01)

    task = asyncio.create_task(turning())
    percent = await Vitals().cpu()
    task.cancel()
    assert 0 <= percent <= 100
    assert turns >= 5


async def test_processes_hold_this_one_and_no_command_line() -> None:
    processes = {process.pid: process for process in await Vitals().processes()}
    own = processes[os.getpid()]
    assert own.memory == pytest.approx(psutil.Process().memory_info().rss, rel=0.2)
    assert not hasattr(own, "cmdline")


def test_the_rest_is_plausible() -> None:
    vitals = Vitals()
    memory = vitals.memory()
    assert memory.total == psutil.virtual_memory().total
    assert 0 < memory.used < memory.total
    assert vitals.uptime() == pytest.approx(time.time() - psutil.boot_time(), abs=2)
    assert vitals.identity().cores == psutil.cpu_count()
    assert len(vitals.load()) == 3
    assert all(-60 < sensor.celsius < 150 for sensor in vitals.temperatures())
