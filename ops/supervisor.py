"""Runs a plan: children in their order, each kept alive, all of them gone when it goes."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from ops import runstate
from ops.echo import Echo
from ops.keeper import Keeper, Surroundings
from ops.logfile import LogFile
from ops.plan import Death, Plan
from ops.process import start_ticks
from ops.warm import Warm

AGAIN = 1.0
"""Seconds after which what could not be written is tried again."""
OnDeath = Callable[[Death], Awaitable[None]]
"""Called at once when a child died."""


class Supervisor:
    """Runs a plan.

    Args:
        plan: what to run.
        lock: the descriptor of the state folder's lock (`runstate.lock`).
        on_death: told of each death at once; what it raises is logged.
    """

    def __init__(self, plan: Plan, lock: int, on_death: OnDeath | None = None) -> None:
        self.plan = plan
        self.state: Literal["starting", "ready", "stopping", "failed"] = "starting"
        self.reason = ""
        self._on_death = on_death
        self._began = time.time()
        self._ticks = start_ticks(os.getpid())
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()
        self._failed = asyncio.Event()
        self._late: asyncio.TimerHandle | None = None
        self._notices: set[asyncio.Future[None]] = set()
        logs = plan.state / "logs"
        self._log = LogFile(logs / "supervisor.log", limit=1 << 20)
        boxes = runstate.boxes(plan.home)
        self._echo = Echo("supervisor", color=plan.color) if plan.echo else None
        self._warm = Warm(
            [child.argv for child in plan.children],
            plan.later,
            logs / "forkserver.log",
            lambda why: self._note(event="not forked", text=why),
        )
        around = Surroundings(
            logs, boxes, lock, plan.echo, plan.color, self._write, self._died, self._give_up,
            self._warm,
        )  # fmt: skip
        self.keepers = {child.name: Keeper(child, around) for child in plan.children}

    def ask_to_stop(self) -> None:
        """Begin the graceful stop; asked a second time, do not wait any longer."""
        if self._stop.is_set():
            self._hurry.set()
        self._stop.set()

    def start(self, name: str) -> None:
        """Start a child, or say again that it is wanted.

        Raises:
            KeyError: the plan knows no such child.
        """
        keeper = self.keepers[name]
        if self._stop.is_set():
            return  # somebody asked too late: what starts now would outlive the others
        task = keeper.start(tuple(self.keepers[other] for other in keeper.child.after))
        task.add_done_callback(self._watch)

    async def stop(self, name: str) -> None:
        """Stop a child and leave it stopped.

        Raises:
            KeyError: the plan knows no such child.
        """
        await self.keepers[name].stop(self._hurry)

    async def run(self) -> int:
        """Run until asked to stop, or until the first start fails; return the exit code."""
        for name, keeper in self.keepers.items():
            if not keeper.child.on_demand:
                self.start(name)
        waits = [
            asyncio.ensure_future(wait)
            for wait in (self._stop.wait(), self._failed.wait(), self._all_ready())
        ]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        if not self._stop.is_set() and not self._failed.is_set():
            self.state = "ready"
            self._write()
            self._note(event="ready", after_s=round(time.time() - self._began, 1))
            await asyncio.wait(waits[:2], return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        self.state = "stopping"
        self._write()
        self._note(event="stopping")
        await self._stop_all()
        self._warm.close()
        if self._notices:
            await asyncio.wait(self._notices, timeout=2)
        if not self.reason:
            runstate.run_file(self.plan.state).unlink(missing_ok=True)
            return 0
        self.state = "failed"
        self._write()
        return 1

    async def _all_ready(self) -> None:
        for keeper in self.keepers.values():
            if not keeper.child.on_demand:
                await keeper.ready.wait()

    async def _stop_all(self) -> None:
        """Stop the children, each after those that need it."""
        for last in (False, True):
            keepers = self.keepers.items()
            left = {name: one for name, one in keepers if one.child.stops_last is last}
            while left:
                needed = {name for keeper in left.values() for name in keeper.child.after}
                wave = [name for name in left if name not in needed]
                await asyncio.gather(*(self.stop(name) for name in wave))
                for name in wave:
                    del left[name]

    def _give_up(self, why: str) -> bool:
        """End everything if a child fails before all were ready once: nobody is served yet."""
        if self.state != "starting":
            return False
        self._fail(why)
        return True

    def _fail(self, why: str) -> None:
        self.reason = self.reason or why
        self._failed.set()

    def _watch(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._fail(f"{task.get_name()} is not watched any more: {error!r}.")

    def _died(self, death: Death) -> None:
        if not self._stop.is_set():
            self._warm.heat()
        event = "child hung" if death.hung else "child ended"
        name, pid = death.name, death.pid
        self._note(event=event, child=name, pid=pid, status=death.status, text=death.why)
        if self._on_death is None:
            return
        notice: asyncio.Future[None] = asyncio.ensure_future(self._on_death(death))
        self._notices.add(notice)

        def done(told: asyncio.Future[None]) -> None:
            self._notices.discard(told)
            error = None if told.cancelled() else told.exception()
            if error is not None:
                self._note(event="on_death failed", child=name, pid=pid, text=repr(error))

        notice.add_done_callback(done)

    def _note(self, **fields: object) -> None:
        line = json.dumps({"at": round(time.time(), 3), **fields}).encode() + b"\n"
        self._log.write(line)
        if self._echo is not None:
            self._echo.show(line)

    def status(self) -> dict[str, Any]:
        """Return what runs, as `run.json` shows it; times in seconds since 1970."""
        return {
            "pid": os.getpid(),
            "ticks": self._ticks,
            "state": self.state,
            "reason": self.reason,
            "started": round(self._began, 3),
            "sockets": str(self.plan.sockets),
            "children": {name: keeper.status() for name, keeper in self.keepers.items()},
        }

    def _write(self) -> None:
        late = self._late
        if late is not None:
            late.cancel()
        try:
            runstate.write(self.plan.state, self.status())
            self._late = None
        except OSError as error:
            # On a full disk the server runs on. What it says of itself is old until there is room.
            if late is None:
                self._note(event="run.json not written", text=str(error))
            self._late = asyncio.get_running_loop().call_later(AGAIN, self._write)
