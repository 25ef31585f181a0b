"""What kills its process, and what only stood beside it; sleepers, restarts, and the supervisor."""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ops.chaos.system import System, system
from ops.chaos.waiting import soon
from streams import keys
from tests.chaos.load import WORKER, Load, Says, finished, runs

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]

SEED = int.from_bytes(os.urandom(4), "big")


async def test_one_poison_among_two_hundred_innocents(says: Says) -> None:
    async with system(module=WORKER) as one:
        load = Load(one, SEED)
        began = time.monotonic()
        await asyncio.gather(
            *(load.say(f"s{n}", f"think 0.05 0.4 {n}") for n in range(100)),
            load.say("poison", "die"),
            *(load.say(f"s{n}", f"think 0.05 0.4 {n}") for n in range(100, 200)),
        )
        verdict = await finished(one, load, 120)
        letters = await one.letters()
        seen = runs(one)
        says(
            f"1 poison, 200 innocents: {verdict} in {time.monotonic() - began:.1f} s, "
            f"poison ran {seen['crowd', 'die']} times in the crowd, {seen['solo', 'die']} alone"
        )
    assert verdict.broken == {"dead": 1}
    assert verdict.answered == 201, "the poison's person is told too"
    assert [letter.session for letter in letters] == ["poison"]
    assert [attempt.error for attempt in letters[0].attempts] == ["Crash"] * 5
    assert (seen["crowd", "die"], seen["solo", "die"]) == (2, 3)


async def test_who_only_looked_guilty_is_acquitted(says: Says) -> None:
    """It died twice while it ran, as the owner's machine may; alone it does what it should."""
    async with system(module=WORKER) as one:
        load = Load(one, SEED)
        await load.say("s", "die 2")
        verdict = await finished(one, load, 120)
        seen = runs(one)
        says(f"acquitted: {verdict}")
        assert verdict.broken == {}
        assert (seen["crowd", "die 2"], seen["solo", "die 2"]) == (2, 1)
        # With nothing left to do the solitary process goes, and is there again when needed.
        await soon(lambda: one.children()["solo"]["state"] == "stopped", 30)
        assert one.children()["solo"]["last_status"] == 0
        await load.say("s", "die")
        verdict = await finished(one, load, 120)
        assert verdict.broken == {"dead": 1}


async def test_twenty_restarts_under_load(says: Says) -> None:
    async with system(copies=2, module=WORKER) as one:
        load = Load(one, SEED)
        clients = load.start(30, "think 0.05 0.5", (0.2, 0.8))
        hits = 0
        for n in range(20):
            name = one.workers()[n % 2]
            await soon(partial(one.busy, name), 60)
            hits += await one.kill(name) > 0
        load.over.set()
        await asyncio.gather(*clients)
        verdict = await finished(one, load, 120)
        says(f"20 restarts: seed={SEED} kills_that_hit={hits} {verdict}")
    assert verdict.broken == {}


async def test_a_killed_supervisor_leaves_nothing_undone(says: Says) -> None:
    async with system(module=WORKER) as one:
        load = Load(one, SEED)
        clients = load.start(20, "think 0.05 1", (0.2, 0.6))
        await soon(lambda: len(load.accepted) > 60, 30)
        await one.kill_supervisor()
        await one.start()
        await soon(lambda: len(load.accepted) > 160, 30)
        load.over.set()
        await asyncio.gather(*clients)
        verdict = await finished(one, load, 120)
        says(f"supervisor killed: {verdict}")
        assert verdict.broken == {}
        assert verdict.accepted > 160


async def test_suspects_that_waited_through_a_restart_are_run(says: Says) -> None:
    """They block the inbox until somebody runs them: the new supervisor must know."""
    async with system(module=WORKER) as one:
        load = Load(one, SEED)
        await load.say("s", "first")
        await finished(one, load)
        await one.kill_supervisor()
        await one.start()
        pid = await soon(lambda: one.pid("core"), 20)
        os.kill(pid, signal.SIGSTOP)  # it does not read while the suspect is made
        await load.say("s", "second")
        await one.redis.xreadgroup("admit", keys.SUSPECTS, {keys.topic("inbox"): ">"}, count=1)
        await one.kill_supervisor()
        await one.start()
        await load.say("s", "third")
        verdict = await finished(one, load, 30)
        says(f"suspects through a restart: {verdict}")
    assert verdict.broken == {}
    assert verdict.answered == 3


async def latencies(one: System, load: Load, session: str, count: int) -> list[float]:
    """Seconds from the yes to the reply, one message after the other."""
    found = []
    last: Any = (await one.redis.xinfo_stream(keys.topic("outbox")))["last-generated-id"]
    for _ in range(count):
        turn = await load.say(session, "hello")
        began = time.perf_counter()
        async with asyncio.timeout(20):
            seen = False
            while not seen:
                rows: Any = await one.redis.xread({keys.topic("outbox"): last}, block=2_000)
                for _, entries in rows or []:
                    for entry, fields in entries:
                        last = entry
                        seen = seen or turn.encode() in fields[b"data"]
        found.append(time.perf_counter() - began)
    return found


async def test_a_sleeping_session_delays_nobody(says: Says, tmp_path: Path) -> None:
    async with system(module=WORKER, streams={"drain_seconds": 0.5}) as one:
        load = Load(one, SEED)
        await latencies(one, load, "warm", 20)
        alone = statistics.median(await latencies(one, load, "a", 60))
        sleepers = [await load.say(f"sleeper{n}", "sleep 60") for n in range(3)]
        await soon(lambda: runs(one)["crowd", "sleep 60"] == len(sleepers))
        beside = statistics.median(await latencies(one, load, "b", 60))
        says(f"beside a sleeper: {beside * 1e3:.2f} ms, without: {alone * 1e3:.2f} ms")
        assert await one.running() == len(sleepers)
    assert beside - alone < 0.1
