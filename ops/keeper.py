"""Keeps one child alive: start, readiness, restart with growing pauses, stop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ops.echo import Echo
from ops.logfile import Drain, LogFile
from ops.plan import Child, Death
from ops.probes import until_ready
from ops.process import Process
from ops.warm import Warm
from ops.watchdog import until_hung

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 30.0
HEALTHY_SECONDS = 60.0
FORGIVEN_SECONDS = 2.0
"""So long a child must live for one earlier end to be forgotten: who dies now and then comes back
at once, who cannot live is tried less and less often."""
LAST_WORDS_SECONDS = 0.5


def pause(failures: int) -> float:
    """Return how many seconds to wait before the next start: doubled each time, with jitter.

    Args:
        failures: how many ends there were in a row before this one.
    """
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures, 16))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, no secret


@dataclass(frozen=True)
class Surroundings:
    """What a keeper needs of its supervisor.

    Attributes:
        logs: the folder of the log files.
        boxes: the folder of the black boxes, in which children show that they live.
        lock: the descriptor of the state folder's lock.
        echo: whether output is shown on our standard output too.
        color: whether that may be in colours.
        changed: called when something visible changed.
        died: called at once after each end.
        give_up: asked after an end before readiness; true ends the trying.
        warm: forks what starts after a death.
    """

    logs: Path
    boxes: Path
    lock: int
    echo: bool
    color: bool
    changed: Callable[[], None]
    died: Callable[[Death], None]
    give_up: Callable[[str], bool]
    warm: Warm


class Keeper:
    """One child and what became of it.

    Attributes:
        child: what to run.
        state: where it is in its life.
        process: the process, while one runs.
        since: when it was last started, seconds since 1970.
        restarts: how often it was started again.
        hung: how often it was ended because it showed no sign of life.
        last_status: how it last ended.
        ready: set while it works.
    """

    def __init__(self, child: Child, around: Surroundings) -> None:
        self.child = child
        self.state: Literal["idle", "starting", "ready", "waiting", "stopped"] = "idle"
        self.process: Process | None = None
        self.since = 0.0
        self.restarts = 0
        self.hung = 0
        self.last_status: int | None = None
        self.ready = asyncio.Event()
        self._around = around
        self._wanted = False
        self._task: asyncio.Task[None] | None = None

    def start(self, needs: tuple[Keeper, ...]) -> asyncio.Task[None]:
        """Start it once what it needs is ready; return the task that keeps it alive."""
        self._wanted = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._keep(needs), name=self.child.name)
        return self._task

    async def stop(self, hurry: asyncio.Event) -> None:
        """Stop it and leave it stopped.

        Args:
            hurry: once set, it is killed without waiting any longer.
        """
        self._wanted = False
        process = self.process
        if process is not None:
            ending = asyncio.ensure_future(process.stop(self.child.stop_seconds))
            hurried = asyncio.ensure_future(hurry.wait())
            await asyncio.wait((ending, hurried), return_when=asyncio.FIRST_COMPLETED)
            hurried.cancel()
            if not ending.done():
                process.kill_group()
            await ending
        elif self._task is not None:
            # It waits for others or for the end of a pause: for a start nobody wants any more.
            self._task.cancel()
        if self._task is not None:
            await asyncio.wait((self._task,))
        self.state = "stopped"
        self.ready.clear()
        self._around.changed()

    async def _keep(self, needs: tuple[Keeper, ...]) -> None:
        failures = 0
        while self._wanted:
            for other in needs:
                await other.ready.wait()
            began = time.monotonic()
            why = await self._live()
            if not self._wanted or (not self.ready.is_set() and self._around.give_up(why)):
                return
            self.ready.clear()
            lived = time.monotonic() - began
            failures = max(0, failures - int(lived / FORGIVEN_SECONDS))
            failures = 0 if lived > HEALTHY_SECONDS else failures
            self.restarts += 1
            self.state = "waiting"
            self._around.changed()
            await asyncio.sleep(pause(failures))
            failures += 1

    async def _live(self) -> str:
        """Let it live once, from start to end; return a sentence about the end."""
        child = self.child
        self.state, self.since = "starting", time.time()
        lock = (self._around.lock,) if child.keeps_lock else ()
        try:
            env = {**os.environ, **child.env}
            forked = None if lock else await self._around.warm.fork(child.argv, env)
            process = forked or Process.start(child.argv, env, keep=lock)
        except OSError as error:
            return f"{child.name} cannot be run: {error}."
        self.process = process
        log = LogFile(self._around.logs / f"{child.name}.log")
        around = self._around
        echo = Echo(child.name, color=around.color) if around.echo else None
        drain = Drain(process.output, log, echo=echo)
        self._around.changed()
        watching = asyncio.ensure_future(self._watch(process))
        late = await self._become_ready(process)
        status = await process.ended()
        hung = watching.done() and watching.result()
        watching.cancel()
        self.process, self.last_status = None, status
        end = f"signal {-status}" if status < 0 else f"code {status}"
        if hung:
            self.hung += 1
            late = (
                f"showed no sign of life for {child.hung_seconds:g} s: its loop was blocked, or it"
                " was stopped. It was killed, and what it was running counts as a crash"
            )
        why = f"{child.name} {late or f'ended with {end}'}."
        self._around.died(Death(child.name, process.pid, status, why, hung))
        # Its last words first, before anybody reads the log; a daemon it left may hold the pipe.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_SECONDS):
                await drain.ended.wait()
        return why

    async def _watch(self, process: Process) -> bool:
        """Kill it once it hangs; return whether it had to be."""
        if not self.child.hung_seconds:
            return False
        await until_hung(self._around.boxes, process.pid, self.child.hung_seconds)
        process.kill_group()
        return True

    async def _become_ready(self, process: Process) -> str:
        """Wait until it is ready or gone; return what went wrong if it was neither in time."""
        ended = asyncio.ensure_future(process.ended())
        ready = asyncio.ensure_future(until_ready(self.child.ready))
        try:
            await asyncio.wait(
                (ended, ready),
                timeout=self.child.start_seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if process.status is not None:
                return ""
            if not ready.done():
                process.kill_group()
                return f"was not ready within {self.child.start_seconds:g} s"
            ready.result()
        finally:
            ready.cancel()
            ended.cancel()
        self.state = "ready"
        self.ready.set()
        self._around.changed()
        return ""

    def status(self) -> dict[str, Any]:
        """Return what `run.json` says about it."""
        ready = self.child.ready
        return {
            "listens": f"{ready.host}:{ready.port}" if ready.kind == "http" else None,
            "pid": self.process.pid if self.process else None,
            "ticks": self.process.ticks if self.process else None,
            "state": self.state,
            "since": round(self.since, 3),
            "restarts": self.restarts,
            "hung": self.hung,
            "last_status": self.last_status,
        }
