"""In front or behind: it comes up, goes down, and leaves nothing."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ops import launch, runstate
from ops.plan import Child, Ready
from ops.process import same
from tests.ops.supervisor.plans import PYTHON, SLEEP, plan_of, redis_children


def eventually(condition: Callable[[], Any], seconds: float = 60) -> Any:
    """Wait for a condition, not for a time."""
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.005)
    return found


def child_pids(state: Path) -> dict[str, tuple[int, int]]:
    return {
        name: (child["pid"], child["ticks"])
        for name, child in runstate.read(state).get("children", {}).items()
        if child["pid"]
    }


def test_detached_up_and_down_leave_nothing(state: Path) -> None:
    _, children = redis_children(state)
    plan = plan_of(state, *children, Child("core", SLEEP, after=("durable", "live")))
    seen: list[dict[str, Any]] = []
    pid = launch.behind(plan, runstate.lock(state), seen.append)
    assert runstate.running(state) == pid
    assert seen[-1]["state"] == "ready"
    with pytest.raises(runstate.AlreadyRunning, match=rf"already running in .* \(pid {pid}\)"):
        runstate.lock(state)
    pids = child_pids(state)
    assert set(pids) == {"durable", "live", "core"}
    assert launch.down(state, plan.sockets) == pid
    assert not any(same(*known) for known in pids.values())
    assert not list(plan.sockets.iterdir())
    assert not runstate.run_file(state).exists()
    assert launch.down(state, plan.sockets) is None


def test_kill_9_of_the_supervisor_leaves_no_process(state: Path) -> None:
    _, children = redis_children(state)
    plan = plan_of(state, *children, Child("core", SLEEP, after=("durable",)))
    pid = launch.behind(plan, runstate.lock(state), lambda _: None)
    pids = child_pids(state)
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not any(same(*known) for known in pids.values()))
    # The lock is free again as soon as they are gone, and a new start takes over.
    again = launch.behind(plan, runstate.lock(state), lambda _: None)
    assert again != pid
    launch.down(state, plan.sockets)
    assert not list(plan.sockets.iterdir())


def test_in_front_it_shows_the_output_and_ends_on_ctrl_c(state: Path) -> None:
    child = Child("core", (PYTHON, "-c", "import time; print('hello', flush=True); time.sleep(99)"))
    plan = plan_of(state, child, echo=True)
    code = (
        "import sys; from ops import launch, plan, runstate\n"
        "found = plan.Plan.from_json(sys.argv[1])\n"
        "launch.in_front(found, runstate.lock(found.state))\n"
    )
    with subprocess.Popen(
        [PYTHON, "-c", code, plan.to_json()], stdout=subprocess.PIPE, text=True
    ) as front:
        assert front.stdout is not None
        shown = "".join(sorted(front.stdout.readline()[9:] for _ in range(2)))
        assert re.fullmatch(r"core        hello\nsupervisor  ready  after_s=[\d.]+\n", shown), shown
        eventually(lambda: runstate.read(state).get("state") == "ready")
        assert runstate.running(state) == front.pid
        pids = child_pids(state)
        front.send_signal(signal.SIGINT)
        assert front.wait(60) == 0
    assert not any(same(*known) for known in pids.values())
    assert not list(plan.sockets.iterdir())


def test_in_front_it_ends_well_when_it_is_stopped_from_elsewhere(state: Path) -> None:
    plan = plan_of(state, Child("core", SLEEP))
    code = (
        "import atexit, sys, time; from ops import launch, plan, runstate\n"
        "atexit.register(time.sleep, 0.3)\n"
        "found = plan.Plan.from_json(sys.argv[1])\n"
        "launch.in_front(found, runstate.lock(found.state))\n"
    )
    with subprocess.Popen([PYTHON, "-c", code, plan.to_json()]) as front:
        eventually(lambda: runstate.read(state).get("state") == "ready")
        assert launch.down(state, plan.sockets) == front.pid
        assert front.wait(60) == 0


def test_what_has_only_begun_to_start_is_stopped_too(state: Path) -> None:
    plan = plan_of(state, Child("core", SLEEP))
    lock = runstate.lock(state)
    with (
        subprocess.Popen(
            launch._command(lock),
            stdin=subprocess.PIPE,
            env=launch._environment(),
            pass_fds=(lock,),
        ) as front,
        ThreadPoolExecutor(1) as elsewhere,
    ):
        os.close(lock)
        stopped = elsewhere.submit(launch.down, state, plan.sockets)
        with pytest.raises(TimeoutError):
            stopped.result(0.3)  # somebody has the folder, and has not said yet who he is
        assert front.stdin is not None
        front.stdin.write(plan.to_json().encode())
        front.stdin.close()
        try:
            assert stopped.result(30) == front.pid
        finally:
            front.kill()
    assert not child_pids(state)


def test_a_failed_start_shows_the_last_words(state: Path) -> None:
    script = "print('the port 8080 is taken'); raise SystemExit(1)"
    plan = plan_of(state, Child("core", (PYTHON, "-c", script), Ready("http", port=9)))
    logs = state / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    (logs / "core.log").write_text("what an earlier start said\n")
    with pytest.raises(launch.StartFailed) as error:
        launch.behind(plan, runstate.lock(state), lambda _: None)
    assert str(error.value) == "core ended with code 1.\nthe port 8080 is taken"
    os.close(runstate.lock(state))


def test_what_ended_a_start_is_shown_as_a_person_reads_it(state: Path) -> None:
    script = (
        "from ops import logs\nfrom processors.tools.redact import Redactor\n"
        "logs.configure('info', redact=Redactor(['plumtree-1']))\n"
        "raise ValueError('plumtree-1 is wrong')"
    )
    plan = plan_of(state, Child("core", (PYTHON, "-c", script), Ready("http", port=9)))
    with pytest.raises(launch.StartFailed) as error:
        launch.behind(plan, runstate.lock(state), lambda _: None)
    first, second, *rest = str(error.value).splitlines()
    assert first == "core ended with code 1."
    assert second.endswith(" core        process.fell")
    assert rest[0] == "    Traceback (most recent call last):"
    assert rest[-1] == "    ValueError: [redacted] is wrong"
    assert "plumtree" not in (state / "logs/core.log").read_text()
    os.close(runstate.lock(state))


def test_a_program_that_is_not_there_is_named(state: Path) -> None:
    plan = plan_of(state, Child("core", ("/nowhere/at/all",)))
    with pytest.raises(launch.StartFailed, match=r"core cannot be run: .*/nowhere/at/all"):
        launch.behind(plan, runstate.lock(state), lambda _: None)


def test_the_supervisor_is_lean(state: Path) -> None:
    _, children = redis_children(state)
    plan = plan_of(state, *children)
    pid = launch.behind(plan, runstate.lock(state), lambda _: None)
    status = Path(f"/proc/{pid}/status").read_text()
    launch.down(state, plan.sockets)
    rss = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    assert rss < 30 * 1024


def test_the_supervisor_loads_no_heavy_library() -> None:
    code = "import sys, ops.supervised; print(*sys.modules)"
    answer = subprocess.run([PYTHON, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"redis", "pydantic", "faststream", "structlog", "typer", "_ssl", "yaml"}
    assert not heavy & set(answer.stdout.split())
