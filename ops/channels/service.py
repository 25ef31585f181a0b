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
AGAIN_SECONDS = 15.0
"""After which one that could not be begun is begun again; at once where it is given something else.
"""


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
        self._broken: dict[str, tuple[Wanted, float, str]] = {}
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
            if name in self._broken and not self._waits(name, wish):
                del self._broken[name]
            if wish.on and name not in self._on and name not in self._broken:
                await self._start(name, wish)
        await self._say()

    def _waits(self, name: str, wish: Wanted) -> bool:
        before, until, _ = self._broken[name]
        return wish == before and wish.on and asyncio.get_running_loop().time() < until

    async def _start(self, name: str, wish: Wanted) -> None:
        channel: Messenger | None = None
        try:
            channel = self._make(name, wish)
            await channel.start(self._door(name))
        except Exception as error:
            # A bug in one messenger must not end the others.
            log.error("channel.broken", channel=name, exc_info=error)
            until = asyncio.get_running_loop().time() + AGAIN_SECONDS
            self._broken[name] = wish, until, f"It cannot be begun: {type(error).__name__}."
            if channel is not None:
                await self._end(name, channel)
            return
        self._on[name] = wish, channel
        self._channels.add(channel)
        log.info("channel.on", channel=name)

    async def _stop(self, name: str) -> None:
        _, channel = self._on.pop(name)
        self._channels.remove(name)
        await self._end(name, channel)
        log.info("channel.off", channel=name)

    async def _end(self, name: str, channel: Messenger) -> None:
        try:
            await channel.stop()
        except Exception as error:
            log.error("channel.unended", channel=name, exc_info=error)

    async def _say(self) -> None:
        now = asyncio.get_running_loop().time()
        found = {
            name: ChannelState(state=one.state, why=one.why, account=one.account)
            for name, (_, one) in self._on.items()
        }
        for name, (_, _, why) in self._broken.items():
            found[name] = ChannelState(state="failing", why=why)
        if found == self._said and now - self._said_at < SAY_SECONDS:
            return
        with contextlib.suppress(Transient):  # Redis is away: then it is said later
            for name in {*self._said, *found}:
                await self._states.say(name, found.get(name))
            self._said, self._said_at = found, now
