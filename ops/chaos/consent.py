"""What became of the questions to a person: what the records say against what was pressed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from schemas.approvals import Verdict
from schemas.record import Decided, Proposed
from schemas.tools import Tier

ASKS = ("witness_ask", "witness_danger")
"""Tools that run if a person says yes."""

Means = Literal["token", "code", "elsewhere", "app", "wrong"]
"""What a press carries: the token of its place's card, the code of it, with or without that the
code of another place, the token and a fresh code of the authenticator app, or something that no
card has."""

STEP_UP = frozenset({"elsewhere", "app"})
"""What a yes to something RED has to carry."""


@dataclass(frozen=True, slots=True)
class Press:
    """Somebody said yes or no, or tried to; whether that was heard is not known.

    Attributes:
        approval: to what.
        verdict: yes or no.
        channel: where.
        means: what it carried.
    """

    approval: str
    verdict: Verdict
    channel: str
    means: Means


@dataclass(frozen=True, slots=True)
class Question:
    """One question to a person, as its turn's record tells it.

    Attributes:
        asked: what was asked about which call.
        decided: every decision on record; there should be one.
    """

    asked: Proposed
    decided: tuple[Decided, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """One call that needs a yes.

    Attributes:
        call: its id.
        outcome: done, failed or unknown.
    """

    call: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Consent:
    """What was found about questions; from `decided_twice` on every count should be 0.

    Attributes:
        asked: questions.
        approved: with a yes as their last word.
        by_app: of these what is RED, with a code of the authenticator app.
        refused: with a no, or void.
        expired: that nobody answered in time.
        decided_twice: decisions beyond the first of their question.
        undecided: questions that came to no end.
        unpressed: decided as nobody pressed who may: another way, elsewhere, without a step-up.
        unwanted: effects of a call that nobody said yes to.
        unkept: calls with a yes that came to nothing, and nobody says that this is unknown.
    """

    asked: int = 0
    approved: int = 0
    by_app: int = 0
    refused: int = 0
    expired: int = 0
    decided_twice: int = 0
    undecided: int = 0
    unpressed: int = 0
    unwanted: int = 0
    unkept: int = 0

    @property
    def broken(self) -> dict[str, int]:
        """The promises that were not kept, with how often."""
        return {name: getattr(self, name) for name in FAULTS if getattr(self, name)}


FAULTS = ("decided_twice", "undecided", "unpressed", "unwanted", "unkept")


def questions(asked: Iterable[Proposed], decided: Iterable[Decided]) -> list[Question]:
    """Return the questions of one turn's record."""
    said = tuple(decided)
    return [
        Question(one, tuple(each for each in said if each.approval == one.approval))
        for one in asked
    ]


def agree(
    found: Sequence[Question],
    calls: Iterable[Call],
    presses: Iterable[Press],
    book: Mapping[str, int],
) -> Consent:
    """Compare what was decided with what was pressed, and what happened with what was decided.

    Args:
        found: every question.
        calls: every call that needs a yes.
        presses: what people did.
        book: how often each call had its effect.
    """
    pressed = frozenset(presses)
    counts = Counter[str](asked=len(found))
    yes = set[str]()
    for one in found:
        counts["decided_twice"] += max(0, len(one.decided) - 1)
        counts["undecided"] += not one.decided
        counts["unpressed"] += sum(not _backed(one, said, pressed) for said in one.decided)
        # The first decision is what counts; another after it is a fault of its own.
        state = one.decided[0].state if one.decided else ""
        counts["approved"] += state == "approved"
        counts["refused"] += state in {"denied", "void"}
        counts["expired"] += state == "expired"
        if state == "approved":
            yes.add(one.asked.call_id)
            counts["by_app"] += _by_app(one, one.decided[0], pressed)
    for call in calls:
        counts["unwanted"] += call.call not in yes and book.get(call.call, 0) > 0
        counts["unkept"] += call.call in yes and call.outcome not in {"done", "unknown"}
    return Consent(**counts)


def _backed(one: Question, said: Decided, pressed: frozenset[Press]) -> bool:
    if said.state not in {"approved", "denied"}:
        return True
    return any(
        press.approval == said.approval
        and press.verdict == said.state
        and press.channel == said.channel
        and press.means != "wrong"
        and (one.asked.tier < Tier.RED or said.state == "denied" or press.means in STEP_UP)
        for press in pressed
    )


def _by_app(one: Question, said: Decided, pressed: frozenset[Press]) -> bool:
    press = Press(said.approval, "approved", said.channel or "", "app")
    return one.asked.tier >= Tier.RED and press in pressed
