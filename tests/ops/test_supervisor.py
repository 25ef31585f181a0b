"""The supervisor, with real processes and real Redis servers."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from ops import control, launch, runstate, secrets, servers
from ops.keeper import pause
from ops.plan import Child, Death, Plan, Ready
from ops.process import same, start_ticks
from ops.supervisor import Supervisor
from streams.embedded import Pair
from streams.settings import StreamsSettings

PYTHON = sys.executable
SLEEP = ("/bin/sleep", "1000")


def eventually(condition: Callable[[], Any], seconds: float = 60) -> Any:
    """Wait for a condition, not for a time."""
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.005)
    return found


async def soon(condition: Callable[[], Any], seconds: float = 60) -> Any:
    async with asyncio.timeout(seconds):
        while not (found := condition()):  # noqa: ASYNC110 - what it waits for knows no event
            await asyncio.sleep(0.005)
        return found


@pytest.fixture
def state() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="nx-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def plan_of(state: Path, *children: Child, **more: Any) -> Plan:
    sockets = state / "run"
    sockets.mkdir(mode=0o700, exist_ok=True)
    return Plan(state, sockets, children, **more)


@asynccontextmanager
async def supervised(plan: Plan, **more: Any) -> AsyncIterator[Supervisor]:
    lock = runstate.lock(plan.state)
    supervisor = Supervisor(plan, lock, **more)
    task = asyncio.create_task(supervisor.run())
    try:
        yield supervisor
    finally:
        supervisor.ask_to_stop()
        async with asyncio.timeout(30):
            await task
        os.close(lock)


def redis_children(state: Path) -> tuple[Pair, tuple[Child, ...]]:
    pair = servers.private_servers(state, StreamsSettings())
    return pair, servers.children(state, pair)


def child_pids(state: Path) -> dict[str, tuple[int, int]]:
    return {
        name: (child["pid"], child["ticks"])
        for name, child in runstate.read(state).get("children", {}).items()
        if child["pid"]
    }


def test_pauses_grow_and_are_bounded() -> None:
    assert 0.05 <= pause(0) <= 0.1
    assert 1.6 <= pause(5) <= 3.2
    assert 15 <= pause(10_000) <= 30


def test_a_plan_survives_the_way_through_json(state: Path) -> None:
    plan = plan_of(state, Child("a", SLEEP), Child("b", SLEEP, after=("a",), env={"X": "1"}))
    assert Plan.from_json(plan.to_json()) == plan


def test_a_plan_out_of_order_is_refused(state: Path) -> None:
    with pytest.raises(ValueError, match="comes before what it needs"):
        plan_of(state, Child("b", SLEEP, after=("a",)), Child("a", SLEEP))


async def test_a_child_is_started_again_even_after_code_0(state: Path) -> None:
    died: list[Death] = []

    async def on_death(death: Death) -> None:
        died.append(death)

    # Ready at once, alive for a moment, gone with code 0.
    child = Child("brief", (PYTHON, "-c", "import time; print('up', flush=True); time.sleep(.05)"))
    async with supervised(plan_of(state, child), on_death=on_death) as supervisor:
        await soon(lambda: supervisor.keepers["brief"].restarts >= 3)
        assert supervisor.keepers["brief"].last_status == 0
    assert len({one.pid for one in died}) >= 3
    assert {(one.name, one.status, one.hung) for one in died[:3]} == {("brief", 0, False)}
    assert "up" in (state / "logs" / "brief.log").read_text()


async def test_a_death_is_told_at_once(state: Path) -> None:
    told: asyncio.Future[Death] = asyncio.get_running_loop().create_future()

    async def on_death(death: Death) -> None:
        if not told.done():
            told.set_result(death)

    async with supervised(plan_of(state, Child("one", SLEEP)), on_death=on_death) as supervisor:
        await soon(lambda: supervisor.state == "ready")
        process = supervisor.keepers["one"].process
        assert process is not None
        began = time.monotonic()
        os.kill(process.pid, signal.SIGKILL)
        death = await asyncio.wait_for(told, 30)
        assert (death.name, death.pid, death.status) == ("one", process.pid, -signal.SIGKILL)
        assert time.monotonic() - began < 5
        await soon(supervisor.keepers["one"].ready.is_set)


async def test_a_hook_that_fails_is_noted_and_harms_nothing(state: Path) -> None:
    async def on_death(_: Death) -> None:
        raise OSError("no way through")

    child = Child("one", SLEEP)
    async with supervised(plan_of(state, child), on_death=on_death) as supervisor:
        await soon(lambda: supervisor.state == "ready")
        process = supervisor.keepers["one"].process
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
        log = state / "logs" / "supervisor.log"
        await soon(lambda: "no way through" in log.read_text())
        await soon(supervisor.keepers["one"].ready.is_set)
        assert [json.loads(line)["event"] for line in log.read_text().splitlines()]


async def test_what_cannot_be_written_ends_nobody_and_is_written_later(state: Path) -> None:
    """As on a full disk: the state file and the logs cannot be made, and the child goes on."""
    in_the_way = runstate.run_file(state).with_suffix(".tmp")
    logs = state / "logs"
    async with supervised(plan_of(state, Child("one", SLEEP))) as supervisor:
        await soon(lambda: supervisor.state == "ready")
        keeper = supervisor.keepers["one"]
        process = keeper.process
        assert process is not None
        in_the_way.mkdir()
        shutil.rmtree(logs)
        logs.touch()
        os.kill(process.pid, signal.SIGKILL)
        await soon(lambda: keeper.restarts and keeper.ready.is_set())
        assert runstate.read(state)["children"]["one"]["restarts"] == 0
        in_the_way.rmdir()
        await soon(lambda: runstate.read(state)["children"]["one"]["restarts"] == 1)
        logs.unlink()


async def test_children_start_in_order_and_stop_in_reverse(state: Path) -> None:
    order = state / "order"
    script = (
        "import signal, sys, time\n"
        "def note(word): open(sys.argv[1], 'a').write(f'{word} {sys.argv[2]}\\n')\n"
        "signal.signal(signal.SIGTERM, lambda *_: (note('stop'), sys.exit(0)))\n"
        "note('start')\n"
        "time.sleep(1000)\n"
    )

    def child(name: str, *after: str, last: bool = False) -> Child:
        argv = (PYTHON, "-c", script, str(order), name)
        return Child(name, argv, after=after, stops_last=last)

    names = ("needed", "one", "two", "three")

    def lines(word: str) -> list[str]:
        text = order.read_text() if order.exists() else ""
        return [line.split()[1] for line in text.splitlines() if line.startswith(word)]

    plan = plan_of(
        state,
        child("needed", last=True),
        child("one"),
        child("two", "one"),
        child("three", "two"),
    )
    async with supervised(plan):
        await soon(lambda: len(lines("start")) == 4)
    assert tuple(lines("stop")) == names[::-1]


async def test_who_ignores_sigterm_is_killed_with_its_group(state: Path) -> None:
    script = "trap '' TERM; sleep 1000 & echo $!; wait"
    child = Child("stubborn", ("/bin/sh", "-c", script), stop_seconds=0.3)
    log = state / "logs" / "stubborn.log"
    async with supervised(plan_of(state, child)):
        await soon(lambda: log.exists() and log.read_text().strip().isdigit())
        below = int(log.read_text())
    assert start_ticks(below) is None


async def test_a_first_start_that_fails_ends_everything(state: Path) -> None:
    bad = Child(
        "bad",
        (PYTHON, "-c", "print('no such disk'); raise SystemExit(3)"),
        Ready("http", port=9),
        after=("good",),
    )
    plan = plan_of(state, Child("good", SLEEP), bad)
    lock = runstate.lock(state)
    supervisor = Supervisor(plan, lock)
    assert await asyncio.wait_for(supervisor.run(), 10) == 1
    os.close(lock)
    assert supervisor.reason == "bad ended with code 3."
    assert runstate.read(state)["state"] == "failed"
    assert supervisor.keepers["good"].process is None


async def test_who_is_never_ready_is_named(state: Path) -> None:
    child = Child("mute", SLEEP, Ready("http", port=9), start_seconds=0.2)
    lock = runstate.lock(state)
    supervisor = Supervisor(plan_of(state, child), lock)
    assert await asyncio.wait_for(supervisor.run(), 10) == 1
    os.close(lock)
    assert supervisor.reason == "mute was not ready within 0.2 s."


async def test_on_demand_children_wait_to_be_asked_for(state: Path) -> None:
    plan = plan_of(state, Child("always", SLEEP), Child("later", SLEEP, on_demand=True))
    async with supervised(plan) as supervisor, control.Control(supervisor):
        await soon(lambda: supervisor.state == "ready")
        assert supervisor.keepers["later"].process is None
        answer = await control.tell(plan.sockets, "start", "later")
        await soon(supervisor.keepers["later"].ready.is_set)
        assert answer["state"] in {"idle", "starting", "ready"}
        first = supervisor.keepers["later"].process
        await control.tell(plan.sockets, "restart", "later")
        await soon(supervisor.keepers["later"].ready.is_set)
        assert supervisor.keepers["later"].process is not first
        await control.tell(plan.sockets, "stop", "later")
        assert supervisor.keepers["later"].process is None
        status = await control.tell(plan.sockets, "status")
        assert status["children"]["later"]["state"] == "stopped"
        with pytest.raises(control.NotFound, match="no child nobody"):
            await control.tell(plan.sockets, "start", "nobody")
        with pytest.raises(control.Refused, match="cannot dance"):
            await control.tell(plan.sockets, "dance", "later")


async def test_a_killed_redis_is_back_and_has_every_acknowledged_write(state: Path) -> None:
    pair, children = redis_children(state)
    password = secrets.read(secrets.redis_file(state, "core"))
    async with supervised(plan_of(state, *children)) as supervisor:
        await soon(lambda: supervisor.state == "ready")
        acknowledged: list[object] = []
        keeper = supervisor.keepers["durable"]
        url = pair.durable.url("core", password)

        async def write() -> None:
            client = Redis.from_url(url, socket_timeout=1)
            try:
                while True:
                    acknowledged.append(await client.xadd("nexus:inbox", {"data": "x"}))
            except RedisError:
                return
            finally:
                await client.aclose()

        async def kill_under_load() -> None:
            enough, restarts = len(acknowledged) + 200, keeper.restarts
            writers = [asyncio.create_task(write()) for _ in range(4)]
            await soon(lambda: len(acknowledged) > enough)
            assert keeper.process is not None
            os.kill(keeper.process.pid, signal.SIGKILL)
            began = time.monotonic()
            await soon(lambda: keeper.restarts > restarts and keeper.ready.is_set())
            assert time.monotonic() - began < 10
            await asyncio.gather(*writers)

        for _ in range(3):
            await kill_under_load()
        client = Redis.from_url(url)
        kept = {entry for entry, _ in await client.xrange("nexus:inbox") or ()}
        await client.aclose()
        assert kept >= set(acknowledged)
        assert len(acknowledged) > 600


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


async def test_after_a_death_the_next_start_is_a_fork(state: Path) -> None:
    real = Child("core", (PYTHON, "-P", "-m", "http.server", "0"))
    async with supervised(plan_of(state, real)) as one:
        keeper = one.keepers["core"]
        first = await soon(lambda: keeper.process)
        os.kill(first.pid, signal.SIGKILL)
        second = await soon(lambda: keeper.process if keeper.process is not first else None)
        assert _command(second.pid)[3] == "ops.forkserver"
        assert _command(first.pid) == []
    assert not same(second.pid, second.ticks)


def _command(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").split("\0")
    except FileNotFoundError:
        return []
