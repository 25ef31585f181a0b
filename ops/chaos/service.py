"""One run of chaos: a system of its own, hurt under load, and what the checker says of it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from ops.chaos import models, witness
from ops.chaos.checker import Step, check, read_log
from ops.chaos.harm import Harm
from ops.chaos.judge import Called, Effects, called, judge
from ops.chaos.resume import Resume
from ops.chaos.system import System, free_port, system
from ops.chaos.waiting import Late, soon
from ops.control import tell
from ops.plan import Child
from schemas.record import Observed, Routed, Thought, entries
from streams import keys

CLIENTS = 2
PER_SESSION = 12
"""Messages of one session; Redis keeps the records of its last 20 turns."""

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


@dataclass(frozen=True)
class Report:
    """What a run came to.

    Attributes:
        broken: what was promised and not kept, with how often.
        void: whether the run shows nothing.
        calls: every call with an effect.
        effects: how often each call had its effect.
        asked: how often the model was asked, by the place in the turn and the question.
        deaths: the crash points at which a process died.
    """

    turns: int
    answered: int
    lost: int
    duplicated: int
    inversions: int
    effects_max: int
    unknown: int
    dead: int
    kills: int
    kills_that_hit: int
    redelivered: int
    fenced: int
    resume_p99_s: float
    seed: int
    broken: dict[str, float]
    void: bool
    calls: tuple[Called, ...] = ()
    effects: Mapping[str, int] = field(default_factory=dict)
    asked: Mapping[str, int] = field(default_factory=dict)
    deaths: tuple[str, ...] = ()

    def row(self) -> dict[str, Any]:
        """Return the printed object."""
        return {key: value for key, value in asdict(self).items() if key in PRINTED}


LONGEST = {False: 5.0, True: 20.0}
"""Seconds after a kill until 99 of 100 turns have gone on; more where processes are stopped."""


def limit(name: str, *, stop: bool) -> str:
    """Return what a broken promise was measured against, to stand behind its figure.

    Args:
        name: the promise, as in `Report.broken`.
        stop: whether processes were stopped too.
    """
    if name != "resume_p99_s":
        return ""
    return (
        f" s: so long after a kill 99 of 100 turns had gone on; less than {LONGEST[stop]:g} s is"
        " promised. A machine that is busy takes longer: try again when it is idle."
    )


PRINTED = (
    "turns", "answered", "lost", "duplicated", "inversions", "effects_max", "unknown", "dead",
    "kills", "kills_that_hit", "redelivered", "fenced", "resume_p99_s", "seed",
)  # fmt: skip


def _children(wish: Wish, port: int) -> Callable[[Path], Sequence[Child]]:
    def more(root: Path) -> Sequence[Child]:
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
        **wish.words,
    ) as one:
        if wish.prepare is not None:
            await wish.prepare(one)
        for name in ("witness.sock", "model.sock" if wish.model == "lines" else "asked.port"):
            await soon((one.root / name).exists, 20)
        for index in range(CLIENTS):
            await tell(one.plan_sockets(), "start", f"client-{index}")
        resume = Resume(one.redis)
        harm = Harm(one, resume, Random(f"harm {wish.seed}"), wish.kill, wish.every, stop=wish.stop)  # noqa: S311
        tasks = [asyncio.create_task(resume.watch()), asyncio.create_task(harm.go_on())]
        try:
            await _until_over(one, wish, harm, progress)
        finally:
            for task in tasks[1:]:
                task.cancel()
            await asyncio.gather(*tasks[1:], return_exceptions=True)
        await _at_rest(one, log(one.root), min(30.0, wish.patience))
        tasks[0].cancel()
        return await _judged(one, wish, harm, resume)


def log(root: Path) -> list[Step]:
    """Return what all clients wrote down."""
    found: list[Step] = []
    for path in sorted((root / "clients").glob("*.log")):
        found += read_log(path)
    return found


async def _until_over(one: System, wish: Wish, harm: Harm, progress: Progress) -> None:
    """Wait until everything was accepted and answered, or nothing moves any more."""
    loop = asyncio.get_running_loop()
    best, moved = -1, loop.time()
    while loop.time() - moved < wish.patience:
        accepted = len({step.message for step in log(one.root) if step.what == "ok"})
        answered = await one.answered()
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
        return accepted <= turns and not await one.running()

    try:
        await soon(at_rest, seconds)
    except Late:
        return  # the checker says what is missing


async def _judged(one: System, wish: Wish, harm: Harm, resume: Resume) -> Report:
    steps = log(one.root)
    verdict = check(steps, await one.outbox(), len(await one.letters()))
    calls = await calls_of(one, {step.message for step in steps if step.what == "ok"})
    book = witness.effects(one.root / "book")
    effects = judge(calls, book)
    tallies = [json.loads(file.read_text()) for file in (one.root / "tallies").glob("*.json")]
    redelivered = sum(tally["redelivered"] for tally in tallies)
    fenced = sum(tally["fenced"] for tally in tallies)
    broken: dict[str, float] = {
        **verdict.broken,
        **_broken(effects),
        **(
            {"never accepted": wish.turns - verdict.accepted}
            if verdict.accepted < wish.turns
            else {}
        ),
    }
    p99, most = round(resume.p99(), 2), LONGEST[wish.stop]
    if p99 >= most:
        broken["resume_p99_s"] = p99
    return Report(
        turns=verdict.accepted,
        answered=verdict.answered,
        lost=verdict.lost,
        duplicated=verdict.duplicated,
        inversions=verdict.inversions,
        effects_max=effects.effects_max,
        unknown=effects.unknown,
        dead=verdict.dead,
        kills=harm.kills,
        kills_that_hit=harm.hits,
        redelivered=redelivered,
        fenced=fenced,
        resume_p99_s=p99,
        seed=wish.seed,
        broken=broken,
        void=not harm.hits or redelivered + fenced == 0,
        calls=tuple(calls),
        effects=book,
        asked=models.asked(one.root),
        deaths=tuple(sorted(path.name for path in (one.root / "crashes").glob("*"))),
    )


def _broken(effects: Effects) -> dict[str, float]:
    found = {key: value for key, value in asdict(effects).items() if key != "unknown" and value}
    if effects.effects_max <= 1:
        found.pop("effects_max", None)
    return found


async def calls_of(one: System, turns: set[str]) -> list[Called]:
    """Return every call with an effect of these turns, as the system tells it."""
    replies = await one.replies()
    found: list[Called] = []
    for turn in sorted(turns):
        raw: Any = await one.redis.lrange(keys.turn(turn), 0, -1)
        record = [entries.validate_json(entry) for entry in raw]
        kept: Any = await one.redis.hgetall(keys.ledger(turn))
        found += called(
            [
                (call.call_id, call.tool)
                for entry in record
                if isinstance(entry, Thought | Routed)
                for call in entry.calls
            ],
            [entry for entry in record if isinstance(entry, Observed)],
            {call.decode(): json.loads(value) for call, value in kept.items()},
            replies.get(turn, ""),
        )
    return found
