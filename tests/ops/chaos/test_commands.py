"""`nexus chaos` that is told to end ends its system first."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ops.chaos import system as systems
from ops.chaos.commands import _until_told
from ops.chaos.waiting import soon
from tests.house.tree import ROOT


async def test_told_to_end_it_cleans_up_first() -> None:
    did: list[str] = []

    async def run() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(30)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)  # somebody is impatient
            await asyncio.sleep(0.05)
            did.append("cleaned")

    with pytest.raises(asyncio.CancelledError):
        await _until_told(run())
    asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)
    assert did == ["cleaned"]


async def test_what_is_half_started_is_stopped_too(monkeypatch: pytest.MonkeyPatch) -> None:
    did: list[str] = []

    class Half(systems.System):
        async def start(self) -> Half:
            did.append("starts")
            await asyncio.sleep(0.05)
            did.append("started")
            return self

        async def stop(self) -> None:
            did.append("stopped")

    monkeypatch.setattr(systems, "System", Half)

    async def use() -> None:
        async with systems.system():
            did.append("used")

    task = asyncio.create_task(use())
    await soon(lambda: did == ["starts"])
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert did == ["starts", "started", "stopped"]


SYSTEM = """
import asyncio
from ops.chaos.commands import _until_told
from ops.chaos.system import system

async def run():
    async with system() as one:
        print(one.root, flush=True)
        await asyncio.sleep(600)

asyncio.run(_until_told(run()))
"""


@pytest.mark.chaos
def test_its_processes_are_gone() -> None:
    run = subprocess.Popen(
        (sys.executable, "-c", SYSTEM), cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert run.stdout is not None
        root = run.stdout.readline().strip()
        assert len(of(root)) > 3
        run.terminate()
        run.wait(60)
    finally:
        run.kill()
        run.wait()
    assert not Path(root).exists()
    assert of(root) == []


def of(root: str) -> list[int]:
    """The processes that have a folder among their words."""
    found = []
    for one in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = one.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if root in words:
            found.append(int(one.parent.name))
    return found
