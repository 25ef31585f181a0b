"""What waits for one messenger holds up no other."""

from __future__ import annotations

import asyncio
from typing import Any

from gateways.channels.base import Capabilities, Channels, Receive, Shown, State
from gateways.channels.send import send
from schemas.chat import Parcel
from schemas.errors import Unavailable
from tests.stand import Stand, soon

MANY = 200
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
    for number in range(MANY):
        name = ("away", "off")[number % 2]
        await _put(stand, parcel(f"p{number:03}", name, f"{name}-{number % 5}"))
    await _put(stand, parcel("last", "good", "chat"))
    await stand.groups(send)
    async with stand.running(send, resources={Channels: channels}):
        await soon(lambda: good.got == ["last"], 20)
        away.away = False
        await soon(lambda: len(away.got) == MANY // 2, 30)
    for chat in range(5):
        mine = [name for name in away.got if int(name[1:]) % 5 == chat]
        assert mine == sorted(mine), "in order per chat"
    assert await stand.letters() == []


async def _put(stand: Stand, one: Parcel) -> None:
    fields: Any = {"data": one.model_dump_json(), "n": 0}
    await stand.redis.xadd("nexus:parcels", fields)
