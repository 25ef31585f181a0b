"""A polite end: what can be finished is, the rest is left for others, and nobody is to blame."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from functools import partial
from typing import Any

import pytest

from ops.chaos.system import System, system
from ops.chaos.waiting import soon
from streams import keys
from tests.chaos.load import WORKER, Load, Says, finished, holder, reading, runs

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(120)]

SEED = int.from_bytes(os.urandom(4), "big")
ROUNDS = 3
"""One more than the crashes that make a suspect."""
LONG = "sleep 8"
"""Longer than a drain, and than a slow machine needs to put somebody in the place of who ended."""


def begun_again(one: System, times: int) -> bool:
    return runs(one)["crowd", LONG] > times


def replaced(one: System, name: str, pid: int) -> bool:
    return one.pid(name) not in {pid, None}


async def test_a_sigterm_under_load_counts_no_attempt(says: Says) -> None:
    async with system(copies=2, module=WORKER, streams={"drain_seconds": 1.0}) as one:
        await reading(one, "think", 2)
        load = Load(one, SEED)
        clients = load.start(20, "think 0.1 1", (0.1, 0.3))
        long = await load.say("long", LONG)
        for n in range(ROUNDS):
            await soon(partial(begun_again, one, n), 60)
            pid = await holder(one, long)
            name = next(name for name in one.workers() if one.pid(name) == pid)
            os.kill(pid, signal.SIGTERM)
            await soon(partial(replaced, one, name, pid), 30)
            assert one.children()[name]["last_status"] == 0
        kept: Any = await one.redis.hgetall(keys.TROUBLE + "think")
        assert all(json.loads(value)["c"] == 0 for value in kept.values())
        load.over.set()
        await asyncio.gather(*clients)
        verdict = await finished(one, load)
        again = runs(one)["crowd", LONG]
        says(f"{ROUNDS} SIGTERM under load: {verdict}; the long one was begun {again} times")
        assert one.children()["solo"]["state"] == "idle", "nobody was suspected"
    assert verdict.broken == {}
    assert again == ROUNDS + 1
