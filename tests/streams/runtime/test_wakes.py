"""Nobody waits for the next round: what was given back, and a Redis that is back, are felt."""

from __future__ import annotations

from streams import functions, keys
from streams.accept import Closed
from streams.recovery import release
from tests.redis_server import RedisPair
from tests.stand import QUICK, Stand, soon
from tests.streams.runtime.scene import STAGES, World, answers, ask, think

SLOW = QUICK.model_copy(update={"reclaim_seconds": 60.0})
"""So that a test ends before any round comes by itself."""


async def test_what_a_process_gives_back_is_taken_up_at_once(stand: Stand, world: World) -> None:
    others = [one for one in STAGES if one is not think]
    await stand.groups(*STAGES)
    async with stand.running(*others, resources={World: world}):
        turn = await ask(stand, "hello")
        topic = keys.topic("route")

        async def routed() -> bool:
            return bool(await stand.redis.xreadgroup("think", "dead", {topic: ">"}, count=1))

        await soon(routed)
        async with stand.running(think, settings=SLOW, resources={World: world}) as runtime:
            await soon(lambda: _listens(stand))
            assert not runtime.busy
            await release(stand.redis, "dead", [("route", "think")], [])
            assert await answers(stand, 1) == {turn: "hello"}


async def test_a_redis_that_is_back_is_read_at_once(fragile: RedisPair, world: World) -> None:
    async with Stand(fragile) as stand:
        await functions.load(stand.tester)
        async with stand.running(*STAGES, settings=SLOW, resources={World: world}):
            first = await ask(stand, "before")
            await answers(stand, 1)
            await soon(lambda: _listens(stand))
            fragile.durable.kill()
            fragile.durable.start()
            await soon(lambda: _asked(stand, "after", "other"))
            assert await answers(stand, 2) == {first: "before", "m-after-other": "after"}


async def _asked(stand: Stand, text: str, session: str) -> bool:
    try:
        await ask(stand, text, session)
    except Closed:
        return False
    return True


async def _listens(stand: Stand) -> bool:
    """Whether somebody hears hints."""
    ((_, listeners),) = await stand.tester.pubsub_numsub(keys.HINTS)
    return bool(listeners)
