"""What a run of chaos came to: everything that was written down, compared."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from ops.chaos import models, witness
from ops.chaos.checker import Step, check, read_log
from ops.chaos.consent import ASKS, Call, Press, Question, agree, questions
from ops.chaos.harm import Harm
from ops.chaos.judge import Called, Effects, called, judge
from ops.chaos.resume import Resume, Went
from ops.chaos.system import System
from schemas.record import Decided, Entry, Observed, Proposed, Routed, Thought, entries
from streams import keys


@dataclass(frozen=True)
class Run:
    """What a run was to be.

    Attributes:
        turns: how many messages were to be sent.
        seed: of all chance.
        stop: whether processes were also stopped.
        answers: by its key, what the model was to say to each message.
    """

    turns: int
    seed: int
    stop: bool
    answers: Mapping[str, str]


@dataclass(frozen=True)
class Report:
    """What a run came to.

    Attributes:
        broken: what was promised and not kept, with how often.
        void: whether the run shows nothing.
        calls: every call with an effect.
        effects: how often each call had its effect.
        thought: how often the model was asked, by the place in the turn and the question.
        deaths: the crash points at which a process died.
        slowest: the turns that took longest to go on.
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
    asked: int
    approved: int
    by_app: int
    refused: int
    expired: int
    decided_twice: int
    seed: int
    broken: dict[str, float]
    void: bool
    calls: tuple[Called, ...] = ()
    effects: Mapping[str, int] = field(default_factory=dict)
    thought: Mapping[str, int] = field(default_factory=dict)
    deaths: tuple[str, ...] = ()
    slowest: Sequence[Went] = ()

    @property
    def verdict(self) -> Literal["kept", "broken", "void"]:
        """What the run shows of the promises."""
        return "broken" if self.broken else "void" if self.void else "kept"

    def kept(self) -> str:
        """Say what a run shows that broke nothing."""
        times = "once" if self.kills == 1 else f"{self.kills} times"
        return (
            f"Kept: all {self.turns} messages came to their one end, in order, and nothing was done"
            f" twice, though it was killed {times}, {self.kills_that_hit} of them at work."
        )

    def row(self) -> dict[str, Any]:
        """Return the printed object."""
        figures = {key: value for key, value in asdict(self).items() if key in PRINTED}
        return {**figures, "verdict": self.verdict}


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
    "kills", "kills_that_hit", "redelivered", "fenced", "resume_p99_s", "asked", "approved",
    "by_app", "refused", "expired", "decided_twice", "seed",
)  # fmt: skip


def log(root: Path) -> list[Step]:
    """Return what all clients wrote down."""
    found: list[Step] = []
    for path in sorted((root / "clients").glob("*.log")):
        found += read_log(path)
    return found


async def judged(
    one: System, run: Run, harm: Harm, resume: Resume, presses: Sequence[Press]
) -> Report:
    """Judge a run that is over, while its system still stands.

    Args:
        one: the system.
        run: what was wished.
        harm: what was done to it.
        resume: how soon its work went on.
        presses: what people decided.
    """
    steps = log(one.root)
    turns = {step.message for step in steps if step.what == "ok"}
    verdict = check(steps, await one.outbox(), len(await one.letters()), run.answers)
    calls, asked = await calls_of(one, turns), await questions_of(one, turns)
    book = witness.effects(one.root / "book")
    effects = judge(calls, book)
    consent = agree(
        asked, (Call(call.call, call.outcome) for call in calls if call.tool in ASKS), presses, book
    )
    tallies = [json.loads(file.read_text()) for file in (one.root / "tallies").glob("*.json")]
    redelivered = sum(tally["redelivered"] for tally in tallies)
    fenced = sum(tally["fenced"] for tally in tallies)
    p99, missing = round(resume.p99(turns), 2), run.turns - verdict.accepted
    broken: dict[str, float] = {**verdict.broken, **_broken(effects), **consent.broken}
    if missing > 0:
        broken["never accepted"] = missing
    if p99 >= LONGEST[run.stop]:
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
        asked=consent.asked,
        approved=consent.approved,
        by_app=consent.by_app,
        refused=consent.refused,
        expired=consent.expired,
        decided_twice=consent.decided_twice,
        seed=run.seed,
        broken=broken,
        void=not harm.hits or redelivered + fenced == 0,
        calls=tuple(calls),
        effects=book,
        thought=models.asked(one.root),
        deaths=tuple(sorted(path.name for path in (one.root / "crashes").glob("*"))),
        slowest=resume.slowest(),
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
        record = await _record(one, turn)
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


async def questions_of(one: System, turns: set[str]) -> list[Question]:
    """Return every question of these turns, as their records tell it."""
    found: list[Question] = []
    for turn in sorted(turns):
        record = await _record(one, turn)
        found += questions(
            (entry for entry in record if isinstance(entry, Proposed)),
            (entry for entry in record if isinstance(entry, Decided)),
        )
    return found


async def _record(one: System, turn: str) -> list[Entry]:
    raw: Any = await one.redis.lrange(keys.turn(turn), 0, -1)
    return [entries.validate_json(entry) for entry in raw]
