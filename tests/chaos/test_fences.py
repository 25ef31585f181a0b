"""Who was overtaken while it stood still commits nothing; clocks decide nothing."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from functools import partial
from typing import Any

import pytest

from ops.chaos import witness
from ops.chaos.checker import Verdict
from ops.chaos.system import System, system
from ops.chaos.waiting import soon
from schemas.chat import Reply
from streams import keys
from tests.chaos.load import (
    WORKER,
    Load,
    Says,
    begun,
    ended,
    finished,
    holder,
    reading,
    runs,
    witnessed,
)
from tests.chaos.warped import LIBRARIES
from tests.chaos.worker import STOOD_STILL

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]

SEED = int.from_bytes(os.urandom(4), "big")
LEASE = 1.5
SHORT = {
    "lease_seconds": LEASE, "beat_seconds": 0.4, "reclaim_seconds": 0.2, "lead_seconds": 1.0
}  # fmt: skip


def fenced(one: System, pid: int) -> int:
    """How many results of a process came too late, as it counts itself."""
    file = one.root / "tallies" / f"{pid}.json"
    return int(json.loads(file.read_text())["fenced"]) if file.exists() else 0


@pytest.mark.parametrize(
    ("tool", "outcome"), [("witness_set", "done"), ("witness_mark", "unknown")]
)
async def test_who_wakes_up_in_the_middle_of_an_effect_is_fenced(
    says: Says, tool: str, outcome: str
) -> None:
    """Idempotent, the new owner is still at it then; plain, it has said that nobody knows."""
    async with witnessed(copies=2, streams=SHORT) as one:
        await reading(one, "tool", 2)
        at_witness = await soon(lambda: one.pid("witness"))
        os.kill(at_witness, signal.SIGSTOP)
        turn = await Load(one, SEED).say("s", f"calls {tool}")
        await begun(one, turn)
        old = await holder(one, turn)
        os.kill(old, signal.SIGSTOP)
        stopped = time.monotonic()

        async def twice() -> bool:
            kept: Any = await one.redis.hgetall(keys.ledger(turn))
            return [json.loads(value)["n"] for value in kept.values()] == [2]

        await soon(twice, 30)
        await asyncio.sleep(max(0.0, stopped + 2 * LEASE - time.monotonic()))
        before = fenced(one, old)
        os.kill(old, signal.SIGCONT)
        await soon(lambda: fenced(one, old) > before, 30)
        os.kill(at_witness, signal.SIGCONT)
        (call,) = await ended(one, turn)
        effects = witness.effects(one.root / "book")
        says(f"{tool}, its owner stopped for two leases: {call.outcome}, {dict(effects)}")
        outbox = await one.outbox()
    assert call.outcome == outcome
    assert call.told is (outcome == "unknown")
    assert max(effects.values(), default=0) <= 1
    assert [reply.turn for reply in outbox] == [turn]


async def overtaken(one: System) -> tuple[Verdict, list[str]]:
    """Stop who thinks about a message until another one does; it wakes up with a refusal.

    The new owner is still at work then, and answers only afterwards. Returns what the checker
    finds, and what the person read.
    """
    await reading(one, "think", 2)
    load = Load(one, SEED)
    turn = await load.say("s", "wait")
    await soon(lambda: runs(one).total() == 1, 30)
    old = await holder(one, turn)
    os.kill(old, signal.SIGSTOP)
    stopped = time.monotonic()
    await soon(lambda: runs(one).total() == 2, 30)
    await asyncio.sleep(max(0.0, stopped + STOOD_STILL + 0.5 - time.monotonic()))
    os.kill(old, signal.SIGCONT)

    async def idle() -> bool:
        return not (await one.holds(old)).entries

    await soon(idle, 30)
    # Its word is said: after this message, which it handled or not, comes nothing of it.
    await asyncio.sleep(1.0)
    (one.root / "go").touch()
    verdict = await finished(one, load, 30)
    return verdict, list((await one.replies()).values())


async def test_who_wakes_up_with_a_refusal_does_not_end_the_turn(says: Says) -> None:
    async with system(copies=2, module=WORKER, streams=SHORT) as one:
        verdict, read = await overtaken(one)
        says(f"a refusal of who was overtaken: {verdict}")
    assert verdict.broken == {}
    assert read == ["wait"]


async def test_a_slow_model_keeps_its_lease(says: Says) -> None:
    """Nothing comes for two leases; nobody else begins with it."""
    async with system(copies=2, module=WORKER, streams=SHORT) as one:
        await reading(one, "think", 2)
        load = Load(one, SEED)
        await asyncio.gather(*(load.say(f"s{n}", f"sleep {2 * LEASE}") for n in range(10)))
        verdict = await finished(one, load)
        says(f"a first token after two leases: {verdict}")
        assert runs(one) == {("crowd", f"sleep {2 * LEASE}"): 10}
    assert verdict.broken == {}


async def test_entries_that_look_an_hour_old_are_answered_once(says: Says) -> None:
    """As after a jump of Redis's clock: everything in hand seems abandoned, and is taken over."""
    async with system(copies=2, module=WORKER, streams=SHORT) as one:
        await reading(one, "think", 2)
        load = Load(one, SEED)
        # Only who has been connected for a lease takes over what others do not renew.
        await asyncio.sleep(2 * LEASE)
        await asyncio.gather(*(load.say(f"s{n}", f"think 2 4 {n}") for n in range(20)))
        await soon(lambda: runs(one).total() == 20, 30)
        stream = keys.topic("think")
        rows: Any = await one.redis.xpending_range(stream, "think", "-", "+", 100)
        for row in rows:
            await one.redis.xclaim(
                stream,
                "think",
                row["consumer"],
                0,
                [row["message_id"]],
                idle=3_600_000,
                justid=True,
            )
        verdict = await finished(one, load)
        again = runs(one).total() - 20
        says(f"an hour old at once: {verdict}; taken over: {again}")
    assert again > 0, "void: nothing was taken over"
    assert verdict.broken == {}


def more_than(load: Load, count: int) -> bool:
    return len(load.accepted) > count


async def answered_at(one: System, moment: float) -> bool:
    """Whether somebody whose clock shows about this time, in seconds, has answered."""
    rows: Any = await one.redis.xrevrange(keys.topic("outbox"), count=100)
    said = [Reply.model_validate_json(fields[b"data"]).at / 1000 for _, fields in rows]
    return any(abs(at - moment) < 600 for at in said)


@pytest.mark.skipif(not LIBRARIES, reason="libfaketime changes a process's clock, and is not here")
async def test_a_clock_that_jumps_back_and_forth_harms_nothing(says: Says) -> None:
    streams = {"sweep_seconds": 0.1, "reclaim_seconds": 0.1}
    async with system(copies=2, module="tests.chaos.warped", streams=streams) as one:
        await reading(one, "think", 2)
        load = Load(one, SEED)
        clients = load.start(20, "think 0.2 1", (0.1, 0.3))
        for jump in ("+3600", "-3600", "+0"):
            (one.root / "clock").write_text(jump)
            await soon(partial(more_than, load, len(load.accepted) + 40), 60)
            await soon(partial(answered_at, one, time.time() + int(jump)), 60)
        load.over.set()
        await asyncio.gather(*clients)
        verdict = await finished(one, load)
        says(f"an hour forth and back: {verdict}")
        logs = "".join(file.read_text() for file in (one.root / "logs").glob("core*.log"))
        assert "sweeper.found" not in logs
    assert verdict.broken == {}
    assert verdict.accepted > 120
