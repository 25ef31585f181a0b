"""Vital signs, compared with what the system itself says."""

from __future__ import annotations

import asyncio
import os
import shutil
import time

import psutil
import pytest

from gateways.machines.vitals import Vitals


async def test_disks_equal_the_systems_numbers() -> None:
    disks = await Vitals().disks()
    assert disks[0].mount == "/"
    for disk in disks:
        usage = shutil.disk_usage(disk.mount)
        assert disk.total == usage.total
        assert disk.free == pytest.approx(usage.free, rel=0.01)
        assert disk.used == pytest.approx(usage.used, rel=0.01)


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
