"""The door: shut until somebody is behind it; and a message is one, however often it comes."""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import suppress

import pytest

from ops import launch
from ops.addresses import url
from ops.chaos.system import system
from ops.chaos.waiting import soon
from ops.keyring import gateway
from schemas.base import new_id
from streams import keys
from streams.accept import Closed, Ingress
from streams.store import AWAY, connect
from tests.chaos.load import WORKER, Load, Says, finished, runs
from tests.stand import received

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(120)]

SEED = int.from_bytes(os.urandom(4), "big")
TRIES = 100


async def test_a_hundred_submissions_of_one_key_are_one_run(says: Says) -> None:
    async with system(copies=2, module=WORKER) as one:
        load = Load(one, SEED)
        found = await asyncio.gather(*(load.say("s", "think 0 0.1", "key") for _ in range(TRIES)))
        verdict = await finished(one, load)
        says(f"{TRIES} submissions of one key: {len(set(found))} id, {runs(one).total()} run")
        assert runs(one).total() == 1
    assert len(set(found)) == 1
    assert verdict.broken == {}


async def test_producers_that_come_before_the_pipeline_are_refused_or_kept(says: Says) -> None:
    """Redis listens long before there is any group; whoever got in is answered, nobody skipped."""
    async with system(module=WORKER) as one:
        settings, ready = one.settings, asyncio.Event()
        await asyncio.to_thread(launch.down, one.root, one.plan_sockets(), seconds=20)
        shutil.rmtree(one.root / "redis")
        for file in one.root.glob("journal*"):
            file.unlink()
        refused, kept = 0, 0
        knocking = connect(url(settings, "durable", "producer"))
        offering = Ingress(
            connect(url(settings, "durable", "terminal")),
            gateway(settings, "terminal"),
            settings.streams,
        )
        accepted: list[str] = []

        async def offer() -> None:
            nonlocal refused
            while not (ready.is_set() and accepted):
                name = new_id()
                try:
                    await offering.accept(received(name, name, "think 0 0.1"), name)
                    accepted.append(name)
                except Closed:
                    refused += 1
                await asyncio.sleep(0.005)

        async def knock() -> None:
            nonlocal kept
            while not ready.is_set():
                with suppress(*AWAY):
                    await knocking.xadd(keys.topic("inbox"), {"data": '{"text": "think 0 0.1"}'})
                    kept += 1
                await asyncio.sleep(0.05)

        early = [asyncio.create_task(offer()), asyncio.create_task(knock())]
        await one.start()
        ready.set()
        await asyncio.gather(*early)

        async def all_answered() -> bool:
            return len(await one.outbox()) == kept + len(accepted)

        await soon(all_answered, 30)
        says(f"before the pipeline: {refused} refused; {kept} knocked, {len(accepted)} accepted")
        assert set(accepted) <= {reply.turn for reply in await one.outbox()}
        assert not await one.letters()
    assert refused > 0
    assert kept > 0
