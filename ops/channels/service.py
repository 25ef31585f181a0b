"""Keeps the messengers as they are to be: started, stopped, begun anew with another token."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from gateways.channels.base import Channels, Receive
from ops import logs
from ops.channels.kinds import Messenger
from ops.channels.wanted import Wanted, Watched
from schemas.channels import ChannelState
from schemas.errors import Transient
from streams.channels import States

log = logs.logger("channels")

LOOK_SECONDS = 0.5
"""Between two looks at what is to be."""
SAY_SECONDS = 5.0
"""How often it is said how they are, if nothing changed."""


Make = Callable[[str, Wanted], Messenger]
"""Makes a messenger of a kind."""


class Exchange:
    """The messengers of this process.

    Args:
        watched: how they are to be.
        channels: where those that are on are found.
        make: makes one.
        door: takes in what a messenger of a kind hears.
        states: where it is said how they are.
    """

    def __init__(
        self,
        watched: Watched,
        channels: Channels,
        make: Make,
        door: Callable[[str], Receive],
        states: States,
    ) -> None:
        self._watched, self._channels, self._make = watched, channels, make
        self._door, self._states = door, states
        self._on: dict[str, tuple[Wanted, Messenger]] = {}
        self._said: dict[str, ChannelState] = {}
        self._said_at = -SAY_SECONDS

    async def run(self) -> None:
        """Keep them so, until cancelled; then all are stopped."""
        try:
            while True:
                await self.look()
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            for name in tuple(self._on):
                await self._stop(name)

    async def look(self) -> None:
        """Make them what they are to be, and say how they are."""
        for name, wish in self._watched.now().items():
            there = self._on.get(name)
            if there is not None and (there[0] != wish or not wish.on):
                await self._stop(name)
            if wish.on and name not in self._on:
                await self._start(name, wish)
        await self._say()

    async def _start(self, name: str, wish: Wanted) -> None:
        channel = self._make(name, wish)
        await channel.start(self._door(name))
        self._on[name] = wish, channel
        self._channels.add(channel)
        log.info("channel.on", channel=name)

    async def _stop(self, name: str) -> None:
        _, channel = self._on.pop(name)
        self._channels.remove(name)
        await channel.stop()
        log.info("channel.off", channel=name)

    async def _say(self) -> None:
        now = asyncio.get_running_loop().time()
        found = {
            name: ChannelState(state=one.state, why=one.why, account=one.account)
            for name, (_, one) in self._on.items()
        }
        if found == self._said and now - self._said_at < SAY_SECONDS:
            return
        with contextlib.suppress(Transient):  # Redis is away: then it is said later
            for name in {*self._said, *found}:
                await self._states.say(name, found.get(name))
            self._said, self._said_at = found, now
