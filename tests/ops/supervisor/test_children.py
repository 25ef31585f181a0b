"""Children start in order, come back when they end, and are told of."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from ops import control, runstate, secrets
from ops.keeper import pause
from ops.plan import Child, Death, Plan, Ready
from ops.process import same, start_ticks
from ops.supervisor import Supervisor
from tests.ops.supervisor.plans import PYTHON, SLEEP, plan_of, redis_children


async def soon(condition: Callable[[], Any], seconds: float = 60) -> Any:
    async with asyncio.timeout(seconds):
        while not (found := condition()):  # noqa: ASYNC110 - what it waits for knows no event
            await asyncio.sleep(0.005)
        return found


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
