"""Recovery around a Redis that stood still: nothing is taken from those who could not renew it."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter

from schemas.chat import Admitted, Answer
from streams import functions
from streams.record import TurnRecord
from streams.runtime import Runtime
from streams.stage import stage
from tests.redis_server import private_redis
from tests.stand import QUICK, Stand, soon
from tests.streams.runtime.scene import STAGES, World, admit, answers, ask, at_rest, respond

LEASE = 2.0
PATIENT = QUICK.model_copy(update={"lease_seconds": LEASE, "beat_seconds": 0.6})


@stage()
async def think(turn: Admitted, record: TurnRecord, world: World) -> Answer:
    await world.meet(record.asked.text)
    return Answer.after(turn, id=f"{turn.turn}:answer", turn=turn.turn, outcome="answered")


async def settled(runtime: Runtime) -> None:
    """Wait until a process that was just connected again may take what others do not renew."""
    recovery = runtime._recovery
    seen = recovery._seen
    await soon(lambda: recovery._seen > seen)
    await soon(lambda: time.monotonic() - (recovery._connected_at or time.monotonic()) > LEASE)


async def test_a_redis_that_stood_still_takes_nothing_from_anybody() -> None:
    """Processes without a sole stage ask for silent entries first of all, so they are the test."""
    world, texts = World(), [f"m{n}" for n in range(20)]
    doors = [world.door(text) for text in texts]
    with private_redis(tester=True) as servers:
        async with Stand(servers) as stand:
            await functions.load(stand.tester)
            await stand.groups(*STAGES)
            more = {"resources": {World: world}, "settings": PATIENT}
            async with (
                stand.running(admit, respond, **more),
                stand.running(think, **more) as one,
                stand.running(think, **more) as two,
            ):
                for n, text in enumerate(texts):
                    await ask(stand, text, f"s{n}")
                await soon(lambda: len(world.seen) == len(texts))
                assert one.busy
                assert two.busy
                pid = servers.durable.process.pid if servers.durable.process else 0
                await asyncio.gather(*(settled(runtime) for runtime in (one, two)))
                os.kill(pid, signal.SIGSTOP)
                await asyncio.sleep(LEASE)
                os.kill(pid, signal.SIGCONT)
                await asyncio.gather(*(settled(runtime) for runtime in (one, two)))
                for door in doors:
                    door.set()
                await answers(stand, len(texts))
                await at_rest(stand)
    assert Counter(world.seen[text] for text in texts) == {1: len(texts)}
