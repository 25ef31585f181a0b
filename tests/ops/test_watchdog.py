"""The watchdog, with real processes that block, stop and go on."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from ops import launch, runstate
from ops.plan import Child, Death, Plan
from ops.process import same
from ops.supervisor import Supervisor
from streams import blackbox
from tests.stand import soon

PATIENCE = 3.0
PROGRAM = """
import asyncio, sys, time
from pathlib import Path
from streams.blackbox import BlackBox

async def main():
    box = BlackBox(Path(sys.argv[1]), "me", [("think", "think")])
    living = asyncio.create_task(box.live(float(sys.argv[2])))
    box.enter("think", "1-1")
    await asyncio.sleep(0.5)
    while Path(sys.argv[1]).with_suffix(".hang").exists():
        pass
    await asyncio.sleep(1000)

asyncio.run(main())
"""
"""It shows that it lives; while there is a file `….hang` when it begins, it soon hangs."""


def plan_of(state: Path, hang: bool = False) -> Plan:
    boxes = runstate.boxes(state)
    boxes.mkdir(parents=True)
    (state / "run").mkdir(mode=0o700)
    if hang:
        (boxes / "one.hang").touch()
    command = (sys.executable, "-c", PROGRAM, str(boxes / "one.box"), str(PATIENCE))
    return Plan(state, state / "run", (Child("one", command, hung_seconds=PATIENCE),))


def state_of(state: Path) -> dict[str, int]:
    found: dict[str, int] = runstate.read(state)["children"]["one"]
    return found


async def test_a_process_whose_loop_is_blocked_is_killed_and_named(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, hang=True)
    lock = runstate.lock(tmp_path)
    deaths: list[Death] = []

    async def on_death(death: Death) -> None:
        (runstate.boxes(tmp_path) / "one.hang").unlink()
        deaths.append(death)

    supervisor = Supervisor(plan, lock, on_death)
    running = asyncio.create_task(supervisor.run())
    keeper = supervisor.keepers["one"]
    await soon(lambda: deaths, 30)
    (death,) = deaths
    assert (death.name, death.status, death.hung) == ("one", -signal.SIGKILL, True)
    assert death.why.startswith("one showed no sign of life for 3 s: its loop was blocked")
    await soon(
        lambda: keeper.process and blackbox.beats(runstate.boxes(tmp_path), keeper.process.pid)
    )
    assert (keeper.hung, keeper.restarts) == (1, 1)
    noted = (tmp_path / "logs" / "supervisor.log").read_text().splitlines()
    assert [json.loads(line)["event"] for line in noted] == ["child hung"]
    supervisor.ask_to_stop()
    await running
    os.close(lock)


@pytest.fixture
def pid(tmp_path: Path) -> int:
    """A supervisor in a process of its own, and its one child at work."""
    return launch.behind(plan_of(tmp_path), runstate.lock(tmp_path), lambda _: None)


async def test_who_is_stopped_for_a_shorter_time_is_left_alone(tmp_path: Path, pid: int) -> None:
    child, boxes = state_of(tmp_path), runstate.boxes(tmp_path)
    try:
        await soon(lambda: blackbox.beats(boxes, child["pid"]))
        os.kill(child["pid"], signal.SIGSTOP)
        await asyncio.sleep(PATIENCE / 2)
        os.kill(child["pid"], signal.SIGCONT)
        seen = blackbox.beats(boxes, child["pid"])
        await soon(lambda: blackbox.beats(boxes, child["pid"]) > seen + blackbox.WATCHED)
        assert same(child["pid"], child["ticks"])
        assert state_of(tmp_path)["hung"] == 0
    finally:
        launch.down(tmp_path, tmp_path / "run")


async def test_a_machine_that_was_suspended_accuses_nobody(tmp_path: Path, pid: int) -> None:
    """Both stand still for longer than the patience, and the child wakes up last."""
    child, boxes = state_of(tmp_path), runstate.boxes(tmp_path)
    try:
        await soon(lambda: blackbox.beats(boxes, child["pid"]))
        os.kill(child["pid"], signal.SIGSTOP)
        # The supervisor has seen it silent when it stands still itself.
        await asyncio.sleep(3 * PATIENCE / blackbox.WATCHED)
        os.kill(pid, signal.SIGSTOP)
        began = time.monotonic()
        await asyncio.sleep(PATIENCE * 1.2)
        os.kill(pid, signal.SIGCONT)
        # The supervisor has looked again when it would have killed.
        await asyncio.sleep(2 * PATIENCE / blackbox.WATCHED)
        os.kill(child["pid"], signal.SIGCONT)
        assert time.monotonic() - began > PATIENCE
        seen = blackbox.beats(boxes, child["pid"])
        await soon(lambda: blackbox.beats(boxes, child["pid"]) > seen + blackbox.WATCHED)
        assert same(child["pid"], child["ticks"])
        assert state_of(tmp_path)["hung"] == 0
    finally:
        launch.down(tmp_path, tmp_path / "run")


def test_who_has_no_black_box_shows_nothing(tmp_path: Path) -> None:
    (tmp_path / "half.box").write_bytes(b"{")
    (tmp_path / "empty.box").write_bytes(b"")
    blackbox.BlackBox(tmp_path / "mine.box", "me")
    assert blackbox.beats(tmp_path, os.getpid()) == 0
    assert blackbox.beats(tmp_path / "nowhere", os.getpid()) == 0
