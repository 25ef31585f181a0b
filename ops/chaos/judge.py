"""What became of the calls: the records against the witness's book."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ops.chaos.consent import ASKS
from schemas.record import Observed

EFFECTS = ("witness_mark", "witness_set", "witness_probe", *ASKS)
PLAIN = ("witness_mark", "witness_ask")
"""Of these, the ones that twice would be two effects."""


@dataclass(frozen=True, slots=True)
class Called:
    """One call with an effect, as the system itself tells it.

    Attributes:
        call: its id.
        tool: which tool.
        outcome: done, failed or unknown; empty when nothing was ever observed.
        tries: how often the ledger let it begin.
        told: whether the turn's reply says that its outcome is unknown.
        again: how often it stands in the record beyond once.
    """

    call: str
    tool: str
    outcome: str
    tries: int = 1
    told: bool = False
    again: int = 0


@dataclass(frozen=True, slots=True)
class Effects:
    """What was found about effects.

    Attributes:
        effects_max: the most effects that one call had.
        unknown: calls whose outcome is said to be unknown.
        missing: said to be done, and not at the witness.
        stray: at the witness, and no record knows the call, or it is said not to have begun.
        misreported: said to be unknown though nothing was ambiguous, or not told to the person,
            or ambiguous and not said so; or observed twice; or not at all.
    """

    effects_max: int
    unknown: int
    missing: int
    stray: int
    misreported: int


def judge(calls: Iterable[Called], book: Mapping[str, int]) -> Effects:
    """Compare what is said of each call with what the witness saw."""
    calls = tuple(calls)
    known = {one.call for one in calls}
    found = Counter[str]()
    for one in calls:
        seen = book.get(one.call, 0)
        found["missing"] += one.outcome == "done" and not seen
        found["stray"] += one.outcome == "failed" and seen > 0
        found["unknown"] += one.outcome == "unknown"
        found["misreported"] += one.again
        if not one.outcome:
            found["misreported"] += 1
        elif one.tool in PLAIN:
            # Begun a second time means: begun once before, and nobody heard the end.
            ambiguous = one.tries > 1
            found["misreported"] += (one.outcome == "unknown") != ambiguous
            found["misreported"] += one.outcome == "unknown" and not one.told
        else:
            found["misreported"] += one.outcome == "unknown"
    return Effects(
        effects_max=max(book.values(), default=0),
        unknown=found["unknown"],
        missing=found["missing"],
        stray=found["stray"] + sum(call not in known for call in book),
        misreported=found["misreported"],
    )


def called(
    wished: Iterable[tuple[str, str]],
    observed: Iterable[Observed],
    ledger: Mapping[str, Mapping[str, Any]],
    replies: str,
) -> list[Called]:
    """Return the calls with an effect of one turn.

    Args:
        wished: call id and tool of each call that the turn's record names.
        observed: what its record says was observed.
        ledger: what the effect ledger says of each call.
        replies: the text of the turn's reply.
    """
    seen = Counter(one.call_id for one in observed)
    outcomes = {one.call_id: one.effect or "failed" for one in observed}
    return [
        Called(
            call=call,
            tool=tool,
            outcome=outcomes.get(call, ""),
            tries=int(ledger.get(call, {}).get("n", 0)),
            told=f"Unknown outcome: {tool}" in replies,
            again=max(0, seen[call] - 1),
        )
        for call, tool in wished
        if tool in EFFECTS
    ]
