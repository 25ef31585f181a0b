"""One run of chaos: a system of its own, hurt under load, and what the checker says of it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from ops import secrets
from ops.chaos import models, wired
from ops.chaos.checker import Step
from ops.chaos.client import messages
from ops.chaos.decider import Decider
from ops.chaos.harm import Harm
from ops.chaos.report import Report, Run, judged, log
from ops.chaos.resume import Resume
from ops.chaos.script import answer
from ops.chaos.system import System, free_port, system
from ops.chaos.waiting import Late, soon
from ops.control import tell
from ops.plan import Child

CLIENTS = 2
BEGINNING = 60.0
"""Seconds in which the first message must be in: until then the clients are only starting."""
PER_SESSION = 12
"""Messages of one session; Redis keeps the records of its last 20 turns."""
WAITS = {
    "approval_seconds": 4.0, "approval_red_seconds": 4.0,
    "approvals_often": 1_000, "approvals_refused": 1_000,
}  # fmt: skip
"""How long a question to a person waits, so that a run need not."""

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Wish:
    """What a run is to be.

    Attributes:
        turns: how many messages are sent.
        seed: of all chance.
        kill: which kinds of process are killed.
        stop: whether processes are also stopped for longer than their lease.
        rate: messages a second.
        text: each message; `#` is its number.
        crash: points at which processes die.
        every: the least and most seconds between two harms.
        words: further sections of the settings.
        module: what the workers are.
        copies: how many processes run all stages.
        prepare: called with the running system before the first message.
        model: which protocol the model speaks: a provider's, or `lines`, our own.
        steady: whether the model has no troubles and no delays.
        patience: seconds without a further answer after which a run is over.
    """

    turns: int
    seed: int
    kill: tuple[str, ...] = ("stages", "redis", "gateway")
    stop: bool = False
    rate: float = 5.0
    text: str = "turn #"
    crash: str = ""
    every: tuple[float, float] = (1.5, 3.5)
    words: dict[str, Any] = field(default_factory=dict)
    module: str = "ops.chaos.worker"
    copies: int = 2
    prepare: Callable[[System], Awaitable[None]] | None = None
    model: str = "lines"
    steady: bool = False
    patience: float = 180.0


def _children(wish: Wish, port: int) -> Callable[[Path], Sequence[Child]]:
    def more(root: Path) -> Sequence[Child]:
        # Made before anybody needs it, as those of all other gateways are.
        secrets.gateway_keys(root, wired.GATEWAY)
        seed = "" if wish.steady else str(wish.seed)
        python = (sys.executable, "-P", "-m")
        return (
            Child(
                "witness", (*python, "ops.chaos.witness", f"{root}/witness.sock", f"{root}/book")
            ),
            Child("model", (*python, *models.words(wish.model, root, port, seed))),
            *(
                Child(
                    f"client-{index}",
                    (
                        *python, "ops.chaos.client", f"--root={root}", f"--index={index}",
                        f"--of={CLIENTS}", f"--turns={wish.turns}", f"--rate={wish.rate}",
                        f"--sessions={_sessions(wish)}", f"--text={wish.text}",
                    ),
                    on_demand=True,
                    stop_seconds=2,
                )
                for index in range(CLIENTS)
            ),
        )  # fmt: skip

    return more


def _sessions(wish: Wish) -> int:
    return max(CLIENTS, wish.turns // PER_SESSION)


async def run(wish: Wish, progress: Progress = lambda _: None) -> Report:
    """Run chaos once and judge it.

    Args:
        wish: what the run is to be.
        progress: told in a few words how far it is.
    """
    port = free_port()
    async with system(
        copies=wish.copies,
        module=wish.module,
        more=_children(wish, port),
        **models.settings(wish.model, port),
        **({"crash": wish.crash} if wish.crash else {}),
        **{**wish.words, "streams": {**WAITS, **wish.words.get("streams", {})}},
    ) as one:
        if wish.prepare is not None:
            await wish.prepare(one)
        for name in ("witness.sock", "model.sock" if wish.model == "lines" else "asked.port"):
            await soon((one.root / name).exists, 20)
        decider = Decider(one, wish.seed)
        await decider.begin()
        for index in range(CLIENTS):
            await tell(one.plan_sockets(), "start", f"client-{index}")
        resume = Resume(one.redis)
        harm = Harm(one, resume, Random(f"harm {wish.seed}"), wish.kill, wish.every, stop=wish.stop)  # noqa: S311
        harming = asyncio.create_task(harm.go_on())
        aside = [asyncio.create_task(part) for part in (resume.watch(), decider.go_on())]
        try:
            await _until_over(one, wish, harm, progress)
            await _ended(harming)
            await _at_rest(one, log(one.root), min(30.0, wish.patience))
        finally:
            await _ended(harming, *aside)
        sent = messages(wish.turns, _sessions(wish), wish.text)
        answers = {key: answer(text) for _, key, text in sent}
        about = Run(wish.turns, wish.seed, stop=wish.stop, answers=answers)
        return await judged(one, about, harm, resume, decider.presses)


async def _ended(*tasks: asyncio.Task[None]) -> None:
    """End what goes on until it is cancelled; what it failed with is a fault of ours."""
    for task in tasks:
        task.cancel()
    for found in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(found, Exception):
            raise found


async def _until_over(one: System, wish: Wish, harm: Harm, progress: Progress) -> None:
    """Wait until everything was accepted and answered, or nothing moves any more."""
    loop = asyncio.get_running_loop()
    best, moved = -1, loop.time()
    while loop.time() - moved < (wish.patience if best > 0 else max(wish.patience, BEGINNING)):
        known = {step.message for step in log(one.root) if step.what == "ok"}
        accepted, answered = len(known), len(known & await one.answered())
        progress(
            f"{answered} of {wish.turns} answered, {accepted} accepted, {harm.kills} kills,"
            f" {harm.hits} hit"
        )
        if answered >= wish.turns and accepted >= wish.turns:
            return
        if answered + accepted > best:
            best, moved = answered + accepted, loop.time()
        await asyncio.sleep(0.25)


async def _at_rest(one: System, steps: list[Step], seconds: float) -> None:
    accepted = {step.message for step in steps if step.what == "ok"}

    async def at_rest() -> bool:
        turns = {delivered.turn for delivered in await one.outbox()}
        return accepted <= turns and not await one.running() and await one.handed_on()

    try:
        await soon(at_rest, seconds)
    except Late:
        return  # the checker says what is missing
