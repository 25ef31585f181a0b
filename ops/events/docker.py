"""Docker as a producer: what happens to containers goes onto `events`, each thing once."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from pathlib import Path

from gateways.machines.docker_events import Change, DockerEvents
from ops import logs, secrets
from schemas.desk import Happened
from schemas.errors import Conflict, Refused, Transient
from streams.accept import Ingress

log = logs.logger("docker")

DOCKER = "docker"
"""The gateway, channel and person of what Docker tells."""
PAUSE, MOST_PAUSE = 1.0, 30.0
"""Seconds before the daemon is looked for again: at first, and while it stays away."""


class Watching:
    """Follows the daemon for as long as this server runs, and takes up where it was.

    Where it was is in a file: what happened while the server was down is told afterwards, as far as
    the daemon remembers it. Every event has a key made of what it is, so telling one again is safe.

    Args:
        events: the daemon.
        ingress: the way onto `events`.
        file: where the time of the last event is kept.
        pause: seconds before the first new try.
    """

    def __init__(
        self, events: DockerEvents, ingress: Ingress, file: Path, pause: float = PAUSE
    ) -> None:
        self._events, self._ingress, self._file = events, ingress, file
        self._pause = pause
        self._since = 0
        self._unkept = False

    async def run(self) -> None:
        """Tell what happens; without a daemon, look for one now and then."""
        self._since = await asyncio.to_thread(self._kept)
        pause, said = self._pause, ""
        while True:
            began = time.monotonic()
            try:
                async with aclosing(self._events.changes(self._since + 1)) as changes:
                    async for change in changes:
                        await self._tell(change)
            except (Transient, Refused) as error:
                if str(error) != said:
                    said = str(error)
                    log.info("docker.away", why=said[:200])
            if time.monotonic() - began > MOST_PAUSE:
                pause = self._pause
            await asyncio.sleep(pause)
            pause = min(2 * pause, MOST_PAUSE)

    async def _tell(self, change: Change) -> None:
        name = f"docker-{change.key}"
        message = Happened(
            id=name,
            trace=name,
            session="events-docker",
            at=change.at // 1_000_000,
            person=DOCKER,
            channel=DOCKER,
            type=change.type,
            data=change.data,
            of=1,
        )
        while True:
            try:
                await self._ingress.accept(message, change.key)
            except Conflict:
                break  # it was told before, when less was known about it
            except Transient as error:
                await asyncio.sleep(error.retry_after or self._pause)
            else:
                break
        self._since = max(self._since, change.at)
        await asyncio.to_thread(self._keep, self._since)

    def _keep(self, moment: int) -> None:
        try:
            secrets.replace(self._file, str(moment).encode())
        except OSError as error:
            # On a full disk it goes on; after a new start some is told again, which is known then.
            if not self._unkept:
                log.error("docker.unkept", error=str(error))
            self._unkept = True
        else:
            self._unkept = False

    def _kept(self) -> int:
        """Return when the last event was; now where there was none."""
        try:
            told = self._file.read_bytes()[:32]
            return min(int(told), time.time_ns())
        except (OSError, ValueError):
            return time.time_ns()
