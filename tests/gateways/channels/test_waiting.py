"""What waits for one messenger holds up no other."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import Any

from gateways.channels.base import Capabilities, Channels, Receive, Shown, State
from gateways.channels.send import send
from schemas.chat import Parcel
from schemas.errors import Unavailable
from streams.stage import stage
from tests.stand import Stand, soon

MANY = 600
"""Parcels that wait for one messenger."""


class Wire:
    """A messenger that notes what it hands over, or is away."""

    can = Capabilities()
    state: State = "running"

    def __init__(self, name: str, *, away: bool = False) -> None:
        self.name, self.away = name, away
        self.got: list[str] = []

    async def start(self, receive: Receive) -> None:
        """Do nothing."""

    async def stop(self) -> None:
        """Do nothing."""

    async def deliver(self, part: Parcel) -> None:
        """Note it."""
        await asyncio.sleep(0)
        if self.away:
            raise Unavailable("It is away.")
        self.got.append(part.id)

    async def show(self, card: Shown) -> None:
        """Do nothing."""


def parcel(name: str, channel: str, chat: str) -> Parcel:
    return Parcel(
        id=name, trace=name, session="s", person="owner", channel=channel, turn=name, chat=chat,
        text="x",
    )  # fmt: skip


async def test_one_that_is_off_or_away_holds_up_no_other(stand: Stand) -> None:
    good, away = Wire("good"), Wire("away", away=True)
    channels = Channels((good, away))
    await stand.groups(send)
    async with stand.running(send, resources={Channels: channels}):
        before = await _p95(stand, good, "before")
        for number in range(2 * MANY):
            name = ("away", "off")[number % 2]
            await _put(stand, parcel(f"p{number:04}", name, f"{name}-{number % 5}"))
        during = await _p95(stand, good, "during")
    # The next process takes over what waits; nothing of it keeps the others waiting either.
    async with stand.running(send, resources={Channels: channels}):
        after = await _p95(stand, good, "after")
        away.away = False
        await soon(lambda: len(away.got) == MANY, 60)
    assert max(during, after) < max(10 * before, 2.0), (before, during, after)
    for chat in range(5):
        mine = [name for name in away.got if int(name[1:]) % 5 == chat]
        assert mine == sorted(mine), "in order per chat"
    assert await stand.letters() == []


@stage(reads=4, lane="chat", waits=6)
async def hand(parcel: Parcel, channels: Channels) -> None:
    """Hand over as `send` does, with a bound that is soon reached."""
    await channels.get(parcel.channel).deliver(parcel)


async def test_beyond_what_may_wait_the_desk_keeps_it(stand: Stand) -> None:
    good, away = Wire("good"), Wire("away", away=True)
    await stand.groups(hand)
    async with stand.running(hand, resources={Channels: Channels((good, away))}):
        for number in range(30):
            await _put(stand, parcel(f"p{number:04}", "away", "chat"))
        await _p95(stand, good, "good")
        away.away = False
        await soon(lambda: away.got and len(away.got) < 30, 30)

        async def all_of_them() -> bool:
            return len(away.got) + len(await stand.letters()) == 30

        await soon(all_of_them, 30)
    letters = await stand.letters()
    assert {one.code for one in letters} == {"crowded"}
    assert 6 <= len(away.got) <= 14, "two reads more than may wait"
    assert away.got == [f"p{number:04}" for number in range(len(away.got))]


async def _p95(stand: Stand, good: Wire, name: str) -> float:
    """Return how long a parcel takes through a messenger that is there, 19 of 20 times."""
    took: list[float] = []
    for number in range(20):
        began, one = time.monotonic(), f"{name}{number}"
        await _put(stand, parcel(one, "good", f"chat{number % 3}"))
        await soon(partial(_got, good, one), 20)
        took.append(time.monotonic() - began)
    return sorted(took)[18]


def _got(wire: Wire, name: str) -> bool:
    return name in wire.got


async def _put(stand: Stand, one: Parcel) -> None:
    fields: Any = {"data": one.model_dump_json(), "n": 0}
    await stand.redis.xadd("nexus:parcels", fields)
