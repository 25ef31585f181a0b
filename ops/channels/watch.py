"""Has the process of the messengers run while one is to be on, and not otherwise."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ops import logs
from ops.channels.wanted import Watched
from ops.control import tell
from schemas.errors import Expected

log = logs.logger("channels")

LOOK_SECONDS = 0.5
CHILD = "channels"


class Watch:
    """Looks, and tells the supervisor.

    Args:
        watched: how the messengers are to be.
        sockets: where the supervisor's door is.
    """

    def __init__(self, watched: Watched, sockets: Path) -> None:
        self._watched, self._sockets = watched, sockets
        self._told: bool | None = None

    async def run(self) -> None:
        """Look, for ever."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Have the process started or stopped, if that is not so already."""
        on = any(one.on for one in self._watched.now().values())
        if on == self._told:
            return
        try:
            if on:
                await tell(self._sockets, "start", CHILD)
            elif (await tell(self._sockets, "status"))["children"][CHILD]["pid"]:
                await tell(self._sockets, "stop", CHILD)
        except (OSError, Expected, KeyError, ValueError) as error:
            # Nobody supervises us, or not yet.
            log.debug("channels.untold", error=str(error))
            if on:
                return
        self._told = on
