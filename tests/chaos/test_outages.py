"""Redis stands still, its memory or the disk is full: new work is refused, and all else is done."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis.exceptions import OutOfMemoryError

from ops.chaos import witness
from ops.chaos.system import System, system
from ops.chaos.waiting import soon
from schemas.base import new_id
from streams import keys
from streams.accept import Closed
from tests.chaos.load import (
    WORKER,
    Load,
    Says,
    begun,
    ended,
    finished,
    reading,
    runs,
    witnessed,
)
from tests.stand import received

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]

SEED = int.from_bytes(os.urandom(4), "big")
STOPPED = 10.0
"""Seconds."""


async def refused(one: System) -> str:
    """Offer a message every now and then until somebody says no; return the words."""
    while True:
        name = new_id()
        try:
            await one.ingress.accept(received(name, name, "calls time_now"), name)
        except Closed as error:
            return str(error)
        await asyncio.sleep(0.2)


async def test_a_redis_that_stands_still_is_no_reason_to_run_anything_twice(says: Says) -> None:
    """Longer than the lease: when it goes on, everything looks as if nobody had renewed it."""
    streams = {"lease_seconds": 3.0, "beat_seconds": 1.0}
    async with system(copies=2, module=WORKER, streams=streams) as one:
        await reading(one, "route", 2)
        load = Load(one, SEED)
        await asyncio.gather(*(load.say(f"s{n}", f"think 2 6 {n}") for n in range(40)))
        await soon(lambda: runs(one).total() == 40, 20)
        pid = await soon(lambda: one.pid("durable"))
        os.kill(pid, signal.SIGSTOP)
        began = time.monotonic()
        try:
            words = await refused(one)
            assert time.monotonic() - began < STOPPED
            await asyncio.sleep(STOPPED - (time.monotonic() - began))
        finally:
            os.kill(pid, signal.SIGCONT)
        verdict = await finished(one, load)
        twice = {text for (_, text), times in runs(one).items() if times > 1}
        says(f"Redis stopped for {STOPPED:g} s: {verdict}; run twice: {len(twice)}; {words!r}")
    assert "does not answer" in words
    assert verdict.broken == {}
    assert verdict.answered == 40
    assert not twice


async def opens(one: System, session: str) -> str:
    """Offer a message until it is taken in; return its turn."""
    name = new_id()

    async def taken() -> bool:
        try:
            await one.ingress.accept(received(name, session, "calls time_now"), name)
        except Closed:
            return False
        return True

    await soon(taken, 60)
    return name


async def fill_memory(one: System) -> None:
    """Let so much happen that Redis takes nothing any more."""
    event: Any = {"data": json.dumps({"type": "filler", "data": {"x": "x" * 100_000}})}
    try:
        while True:
            await one.redis.xadd(keys.topic("events"), event)
    except OutOfMemoryError:
        return


async def test_memory_that_is_used_up_while_a_tool_runs(says: Says) -> None:
    async with witnessed(streams={"redis_memory_mb": 16}) as one:
        load = Load(one, SEED)
        at_witness = await soon(lambda: one.pid("witness"))
        at_journal = await soon(lambda: one.pid("journal"))
        await ended(one, await load.say("before", "calls time_now"))
        for pid in (at_witness, at_journal):
            os.kill(pid, signal.SIGSTOP)
        turn = await load.say("s", "calls witness_mark witness_set")
        await begun(one, turn, 2)
        # What the journal has not written stays, and fills the memory.
        await fill_memory(one)
        words = await refused(one)
        os.kill(at_witness, signal.SIGCONT)
        calls = await ended(one, turn)
        assert [call.outcome for call in calls] == ["done", "done"]
        assert await refused(one), "it ended although there is no room"
        os.kill(at_journal, signal.SIGCONT)
        await ended(one, await opens(one, "after"))
        effects = witness.effects(one.root / "book")
        says(f"memory used up: {words!r}; then open again; effects {sorted(effects.values())}")

        async def trimmed() -> bool:
            return int(await one.redis.xlen(keys.topic("events"))) < 100

        await soon(trimmed, 30)
    assert "memory" in words
    assert {effects[call.call] for call in calls} == {1}


MEGABYTE = 1 << 20


@pytest.fixture
def disk() -> Iterator[Path]:
    """A disk of 24 MB."""
    folder = Path(tempfile.mkdtemp(prefix="nx-", dir="/tmp"))
    command = ("mount", "-t", "tmpfs", "-o", "size=24m", "nexus-test", str(folder))
    if os.geteuid() or subprocess.run(command, check=False).returncode:
        pytest.skip("a disk of its own needs the right to mount")
    yield folder
    subprocess.run(("umount", "--lazy", str(folder)), check=True)
    folder.rmdir()


def fill(disk: Path, leave: int) -> Path:
    """Fill a disk but for so many bytes; return the file that does."""
    filler = disk / "filler"
    found = os.statvfs(disk)
    with filler.open("ab") as file:
        os.posix_fallocate(
            file.fileno(), 0, filler.stat().st_size + found.f_bavail * found.f_frsize - leave
        )
    return filler


async def test_a_disk_that_becomes_full_while_a_tool_runs(says: Says, disk: Path) -> None:
    async with witnessed(streams={"disk_floor_mb": 8}, within=str(disk)) as one:
        load = Load(one, SEED)
        await ended(one, await load.say("before", "calls time_now"))
        stopped = await soon(lambda: one.pid("witness"))
        durable = await soon(lambda: one.pid("durable"))
        said: list[str] = []
        calls = []
        # First there is a little room; then none, and Redis ends rather than lose a write.
        for leave in (4 * MEGABYTE, 0):
            os.kill(stopped, signal.SIGSTOP)
            turn = await load.say("s", "calls witness_mark witness_set")
            await begun(one, turn, 2)
            filler = fill(disk, leave)
            said.append(await refused(one))
            if not leave:
                await soon(lambda: one.pid("durable") != durable, 30)
                said.append(await refused(one))
            os.kill(stopped, signal.SIGCONT)
            if leave:
                calls += await ended(one, turn)
                assert await refused(one), "it ended although there is hardly any room"
            filler.unlink()
            calls += [] if leave else await ended(one, turn)
            await ended(one, await opens(one, f"after{leave}"))
        effects = witness.effects(one.root / "book")
        says(f"disk full: {said}; then open again; effects {sorted(effects.values())}")
        assert one.children()["core"]["restarts"] == 0
        assert one.children()["durable"]["restarts"] > 0
    assert said[0] == "The disk has 4 MB left, and 8 MB must stay free."
    assert [call.outcome for call in calls] == ["done"] * 4
    assert {effects[call.call] for call in calls} == {1}
