"""Clients that send, hear or do not hear, try again with the same key, and write a log."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from ops.chaos.checker import Step, Verdict, check
from ops.chaos.judge import Called
from ops.chaos.report import calls_of
from ops.chaos.system import System, system
from ops.chaos.waiting import soon
from ops.plan import Child
from schemas.base import new_id
from schemas.chat import Received
from schemas.errors import TooMuch
from streams import keys
from streams.accept import Closed

PATIENCE = 60.0
"""Seconds in which a client tries again."""
WORKER = "tests.chaos.worker"
"""The worker whose model does what a message says."""
Says = Callable[[str], None]
"""Prints a line at once."""


class Load:
    """Many sessions, each with one client.

    Args:
        system: whom they ask.
        seed: of their pauses.
    """

    def __init__(self, system: System, seed: int) -> None:
        self.log: list[Step] = []
        self._system = system
        self._seed = seed
        self.over = asyncio.Event()

    async def say(self, session: str, text: str, key: str = "") -> str:
        """Send one message until it is accepted; return its id, or '' when nobody says."""
        key = key or new_id()
        self.log.append(Step("invoke", session, key))
        until = asyncio.get_running_loop().time() + PATIENCE
        while asyncio.get_running_loop().time() < until:
            name = new_id()
            message = Received(
                id=name, trace=name, session=session, person="owner", channel="terminal",
                chat=session, text=text,
            )  # fmt: skip
            try:
                accepted = await self._system.ingress.accept(message, key)
            except (Closed, TooMuch):
                await asyncio.sleep(0.05)
            else:
                self.log.append(Step("ok", session, key, accepted.id))
                return accepted.id
        self.log.append(Step("unknown", session, key))
        return ""

    async def talk(
        self, session: str, text: str, pause: tuple[float, float], burst: int = 1
    ) -> None:
        """Send bursts of messages with pauses between, until it is over."""
        chance = random.Random(f"{self._seed} {session}")
        number = 0
        while not self.over.is_set():
            for _ in range(burst):
                await self.say(session, text, f"{session}-{number}")
                number += 1
            try:
                async with asyncio.timeout(chance.uniform(*pause)):
                    await self.over.wait()
            except TimeoutError:
                continue

    def start(
        self, sessions: int, text: str, pause: tuple[float, float], burst: int = 1
    ) -> list[asyncio.Task[None]]:
        """Start the clients."""
        return [
            asyncio.create_task(self.talk(f"s{n}", text, pause, burst)) for n in range(sessions)
        ]

    @property
    def accepted(self) -> set[str]:
        """The ids of what is in."""
        return {step.message for step in self.log if step.what == "ok"}


def runs(one: System) -> Counter[tuple[str, str]]:
    """How often each message's model ran in a `WORKER`, by (where, text)."""
    file = one.root / "runs"
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return Counter((where, text) for where, _, text in (line.partition(" ") for line in lines))


@asynccontextmanager
async def witnessed(module: str = "ops.chaos.worker", **more: Any) -> AsyncIterator[System]:
    """Run a server with the witness and its tools, and a steady model that wishes for them.

    Stop the witness (SIGSTOP), and a tool that asks it is in the middle of its effect.
    """
    python = (sys.executable, "-P", "-m")

    def children(root: Path) -> tuple[Child, ...]:
        words = (f"{root}/model.sock", "", f"{root}/asked")
        return (
            Child(
                "witness", (*python, "ops.chaos.witness", f"{root}/witness.sock", f"{root}/book")
            ),
            Child("model", (*python, "ops.chaos.model", *words)),
        )

    models = {"flash": "lines:{root}/model.sock"}
    async with system(module=module, more=children, models=models, **more) as one:
        for name in ("witness.sock", "model.sock"):
            await soon((one.root / name).exists, 20)
        yield one


async def begun(one: System, turn: str, calls: int = 1) -> None:
    """Wait until so many of a turn's effects have begun, as the ledger says."""

    async def all_begun() -> bool:
        kept: Any = await one.redis.hgetall(keys.ledger(turn))
        states = [json.loads(value)["s"] for value in kept.values()]
        return states.count("started") == calls

    await soon(all_begun, 30)


async def ended(one: System, turn: str) -> list[Called]:
    """Wait until a turn is answered; return its calls with an effect."""

    async def answered() -> bool:
        return any(reply.turn == turn for reply in await one.outbox())

    await soon(answered, 60)
    return await calls_of(one, {turn})


async def reading(one: System, stage: str, count: int) -> None:
    """Wait until so many processes read for a stage."""

    async def all_there() -> bool:
        rows: Any = await one.redis.xinfo_consumers(keys.topic(stage), stage)
        return len(rows) >= count

    await soon(all_there, 30)


async def holder(one: System, turn: str) -> int:
    """The process that works on a turn."""

    async def found() -> int | None:
        for name in one.workers():
            pid = one.pid(name)
            if pid is not None and turn in (await one.holds(pid)).turns:
                return pid
        return None

    pid: int = await soon(found, 30)
    return pid


async def finished(one: System, load: Load, seconds: float = 60) -> Verdict:
    """Wait until every turn is over or nothing moves any more, then judge."""

    async def at_rest() -> bool:
        turns = {delivered.turn for delivered in await one.outbox()}
        return load.accepted <= turns and not await one.running()

    with suppress(AssertionError):  # the checker says what is missing
        await soon(at_rest, seconds)
    return check(load.log, await one.outbox(), len(await one.letters()))
