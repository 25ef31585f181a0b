"""What blocks its process's loop, and processes that stand still: found, ended, counted, told."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from typing import Any

import pytest

from ops import runstate
from ops.chaos.system import WITNESS, System, system
from ops.chaos.waiting import soon
from ops.control import tell
from ops.keyring import keyring
from schemas.desk import Happened
from streams import blackbox, keys
from streams.broker import ensure_group
from streams.voice import HOUSE, provenance
from tests.chaos.load import WORKER, Load, Says, finished, runs
from tests.program import fetch, new_key

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]

INNOCENTS = 40
SEED = int.from_bytes(os.urandom(4), "big")


async def happened(one: System, kind: str) -> list[Happened]:
    """The events of one kind, oldest first."""
    rows: Any = await one.redis.xrange(keys.topic("events"))
    ring = keyring(one.settings)
    assert all(provenance(ring, fields) == (HOUSE, False) for _, fields in rows)
    found = [Happened.model_validate_json(fields[b"data"]) for _, fields in rows]
    return [event for event in found if event.type == kind]


async def pending(one: System, topic: str, group: str) -> list[Any]:
    """The ids of what a group has in hand."""
    rows: Any = await one.redis.xpending_range(keys.topic(topic), group, "-", "+", 100)
    return [row["message_id"] for row in rows]


def metrics(one: System) -> str:
    return fetch(one.settings, "/metrics", new_key(one.settings, "read"))


async def test_a_message_that_blocks_its_process_ends_at_the_desk(says: Says) -> None:
    """The lease may give it to the other process before the first is ended: it is counted all the
    same."""
    streams = {"lease_seconds": 1.0, "beat_seconds": 0.3, "hung_seconds": 2.0}
    async with system(copies=2, module=WORKER, streams=streams) as one:
        await ensure_group(one.redis, keys.topic("events"), WITNESS)  # so that nothing is trimmed
        load = Load(one, SEED)
        await asyncio.gather(
            *(load.say(f"s{n}", f"think 0.05 0.3 {n}") for n in range(INNOCENTS)),
            load.say("poison", "hang"),
        )
        verdict = await finished(one, load, 120)
        (letter,) = await one.letters()
        seen = runs(one)
        says(
            f"1 that hangs, {INNOCENTS} innocents: {verdict}; it ran {seen['crowd', 'hang']} times"
            f" in the crowd, {seen['solo', 'hang']} alone"
        )
        assert verdict.broken == {"dead": 1}
        assert verdict.answered == INNOCENTS + 1, "the poison's person is told too"
        assert letter.session == "poison"
        assert [attempt.error for attempt in letter.attempts] == ["Crash"] * 5
        assert seen["solo", "hang"] >= 2
        await soon(lambda: one.pid("core"), 20)
        told = await happened(one, "process.hung")
        crowd, alone = {"core", "core-2"}, {"solo"}
        named = {event.data["process"] for event in told}
        assert alone < named <= crowd | alone, "some of the crowd first, then who runs it alone"
        assert len(told) == sum(child["hung"] for child in one.children().values()) >= 5
        assert "showed no sign of life for 2 s" in told[0].data["text"]
        lines = (one.root / "logs" / "supervisor.log").read_text().splitlines()
        assert sum(json.loads(line)["event"] == "child hung" for line in lines) == len(told)
        page = await soon(lambda: asyncio.to_thread(metrics, one))
        for name, child in one.children().items():
            if child["hung"]:
                assert f'nexus_process_hung_total{{process="{name}"}} {child["hung"]:.1f}' in page


async def test_a_solitary_process_that_hangs_blocks_the_inbox_no_longer(says: Says) -> None:
    async with system(module=WORKER, streams={"hung_seconds": 2.0}) as one:
        load = Load(one, SEED)
        await tell(one.plan_sockets(), "start", "solo")
        pid = await soon(lambda: one.pid("solo"), 20)
        await soon(lambda: blackbox.beats(runstate.boxes(one.root), pid), 20)
        os.kill(pid, signal.SIGSTOP)
        core = await soon(lambda: one.pid("core"), 20)
        os.kill(
            core, signal.SIGSTOP
        )  # it has read it, and does not go on while it is made a suspect
        await load.say("s", "second")
        (entry,) = await soon(lambda: pending(one, "inbox", "admit"))
        await one.redis.xclaim(keys.topic("inbox"), "admit", keys.SUSPECTS, 0, [entry], justid=True)
        os.kill(core, signal.SIGCONT)
        await load.say("s", "third")
        verdict = await finished(one, load, 60)
        says(f"a hung solitary process: {verdict}")
        assert one.children()["solo"]["hung"] == 1
        assert one.children()["core"]["hung"] == 0
    assert verdict.broken == {}
    assert verdict.answered == 2
