"""What is away is waited for: no try is counted, order is kept, a stop and a shutdown find it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from schemas.chat import Control
from schemas.errors import Unavailable
from streams import keys
from streams.blackbox import HEAD, BlackBox
from tests.redis_server import RedisPair
from tests.stand import QUICK, Stand, soon
from tests.streams.runtime.conftest import running, world
from tests.streams.runtime.scene import STAGES, World, answers, ask, at_rest

__all__ = ["running", "world"]


class Outage:
    """Something that is away until it is back."""

    def __init__(self, retry_after: float | None = None) -> None:
        self.over = False
        self._retry_after = retry_after

    def __call__(self, text: str) -> str:
        if not self.over:
            raise Unavailable("It is away.", retry_after=self._retry_after)
        return f"{text} at last"


async def test_more_often_than_a_failure_may_and_then_in_order(
    stand: Stand, world: World, running: Any
) -> None:
    outage = Outage()
    for text in ("first", "second", "third"):
        world.on(text, outage)
    turns = [await ask(stand, text) for text in ("first", "second", "third")]
    await soon(lambda: world.seen["first"] > 3 * QUICK.attempts)
    assert world.seen["second"] == 0
    (pending,) = await stand.pending("route", "think")
    assert pending
    assert not await stand.letters()
    outage.over = True
    found = await answers(stand, 3)
    assert [found[turn] for turn in turns] == [
        "first at last", "second at last", "third at last",
    ]  # fmt: skip
    assert list(found) == turns
    assert not await stand.letters()
    await at_rest(stand)


async def test_its_own_pause_is_kept(stand: Stand, world: World, running: Any) -> None:
    outage = Outage(retry_after=30)
    world.on("slow", outage)
    await ask(stand, "slow")
    await soon(lambda: world.seen["slow"] == 1)
    await ask(stand, "quick", "other")
    await answers(stand, 1)
    assert world.seen["slow"] == 1


async def test_the_lease_is_kept_meanwhile(stand: Stand, world: World, running: Any) -> None:
    outage = Outage(retry_after=3 * QUICK.lease_seconds)
    world.on("long", outage)
    turn = await ask(stand, "long")
    await soon(lambda: world.seen["long"] == 1)
    async with stand.running(*STAGES, resources={World: world}):
        outage.over = True
        found = await answers(stand, 1, 30)
    assert found == {turn: "long at last"}
    assert world.seen["long"] == 2, "nobody else took it over"


async def test_a_stop_ends_it_at_once(stand: Stand, world: World, running: Any) -> None:
    world.on("never", Outage(retry_after=60))
    turn = await ask(stand, "never")
    await soon(lambda: world.seen["never"] == 1)
    began = time.monotonic()
    stop = Control(
        id="x", trace="x", session="s", person="owner", channel="terminal", chat="chat",
        action="stop",
    )  # fmt: skip
    await stand.ingress().accept(stop, "x")
    assert (await answers(stand, 1))[turn] == "Stopped."
    assert time.monotonic() - began < 5
    await at_rest(stand)


async def test_a_shutdown_does_not_wait_for_it(
    stand: Stand, world: World, servers: RedisPair, tmp_path: Path
) -> None:
    outage = Outage(retry_after=60)
    world.on("later", outage)
    box = BlackBox(tmp_path / "box", "c", [("route", "think")])
    async with stand.running(*STAGES, resources={World: world}, blackbox=box):
        turn = await ask(stand, "later")
        await soon(lambda: world.seen["later"] == 1)
        await soon(lambda: not (tmp_path / "box").read_bytes()[HEAD:].strip(b"\0"))
        began = time.monotonic()
    assert time.monotonic() - began < QUICK.drain_seconds
    outage.over = True
    async with stand.running(*STAGES, resources={World: world}):
        assert (await answers(stand, 1))[turn] == "later at last"
    assert await stand.tester.xlen(keys.topic("dead")) == 0
