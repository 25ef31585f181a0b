"""What a turn has done so far, and how far it may go."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from processors.agent.caps import Caps, figure
from processors.tools.output import DEEPEST, too_deep
from schemas.record import Decided, Observed, Proposed, Redriven, Routed, Thought, ToolCall
from streams.record import TurnRecord

NOT_ALLOWED = frozenset({"forbidden", "protected", "denied", "expired", "too_many"})
"""How a call ends that a rule or a person did not allow. Who goes on asking tires people until
they say yes to anything."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far one turn may go.

    Attributes:
        steps: model steps.
        seconds: from the question on.
        tokens: in and out together.
        patience: seconds that a step waits while no model answers; they do not count as the
            turn's.
        cost: millionths of a US dollar; 0 for no limit.
        calls: tool calls.
        refusals: calls that were not allowed.
        context: tokens of the conversation that a model is shown.
        tools: tokens of tools that a model is shown at once.
        caps: what a session, a person and everybody may spend beyond one turn.
    """

    steps: int = 12
    seconds: float = 600.0
    tokens: int = 200_000
    patience: float = 3_600.0
    cost: int = 0
    calls: int = 64
    refusals: int = 3
    context: int = 60_000
    tools: int = 1_700
    caps: Caps = field(default_factory=Caps)

    def now(self) -> Limits:
        """Return the limits as they are at this moment; a subclass may know newer ones."""
        return self

    def reached(self, record: TurnRecord, at: int) -> str | None:
        """Return which limit the turn has reached, as a sentence, or None.

        Args:
            record: the turn so far.
            at: when the next step became due, in milliseconds since 1970; the time of the
                message, so that the same message is always decided in the same way.
        """
        if len(record.of(Thought)) >= self.steps:
            return f"I stopped after {self.steps} steps, which is the limit for one turn."
        if self.used(record, at) > self.seconds:
            return f"I stopped after {self.seconds:g} seconds, which is the limit for one turn."
        if record.usage.total >= self.tokens:
            return f"I stopped after {record.usage.total} tokens; the limit is {self.tokens}."
        if self.cost and record.usage.cost >= self.cost:
            spent, most = figure("cost", record.usage.cost), figure("cost", self.cost)
            return f"I stopped: this turn has cost {spent} of {most}."
        refused = sum(one.code in NOT_ALLOWED for one in record.of(Observed))
        if refused >= self.refusals:
            return f"I stopped after {refused} actions that were not allowed."
        return None

    def too_many(self, record: TurnRecord, wished: int) -> str | None:
        """Return why the calls a step wishes for are too many for its turn, or None.

        Args:
            record: the turn so far, without them.
            wished: how many they are.
        """
        calls = sum(len(one.calls) for one in record.of(Thought)) + wished
        if calls <= self.calls:
            return None
        return f"I stopped before {calls} tool calls; the limit for one turn is {self.calls}."

    @staticmethod
    def used(record: TurnRecord, at: int) -> float:
        """Return the seconds a turn took so far: not those in which it waited to be let in, for any
        model to answer, or for a person's decision.

        Args:
            record: the turn so far.
            at: until when, in milliseconds since 1970.
        """
        began = record.routed.at if record.routed else record.asked.at
        # Who is sent on from the desk, be it a day later, has the time of a new turn.
        began = max((began, *(again.at for again in record.of(Redriven))))
        waited = sum(one.waited_ms for one in record.of(Thought) if one.at >= began)
        return max(0.0, at - began - waited - _undecided(record, began, at)) / 1000


def _undecided(record: TurnRecord, began: int, until: int) -> float:
    """Return for how many milliseconds a turn waited for a person; questions may overlap."""
    decided = {one.approval: one.at for one in record.of(Decided)}
    waited, reached = 0, began
    for one in record.of(Proposed):
        end = min(decided.get(one.approval, until), until)
        waited += max(0, end - max(one.at, reached))
        reached = max(reached, end)
    return float(waited)


def calls_of(
    turn: str, step: int, wishes: Iterable[tuple[str, dict[str, Any]]]
) -> tuple[ToolCall, ...]:
    """Name a step's calls: the same call of the same step always has the same id.

    Arguments that nest too deep are replaced by a word that no tool knows, so that the call is
    refused like every other mistake; on record they could not be read again.
    """
    return tuple(
        ToolCall(
            call_id=_call_id(turn, step, index),
            tool=tool[:128],
            arguments={f"nested deeper than {DEEPEST}": True} if too_deep(arguments) else arguments,
        )
        for index, (tool, arguments) in enumerate(wishes)
    )


def find_call(record: TurnRecord, call_id: str) -> ToolCall | None:
    """Return a call of the turn by its id."""
    for entry in record.entries:
        if isinstance(entry, Thought | Routed):
            for call in entry.calls:
                if call.call_id == call_id:
                    return call
    return None


def digest_of(arguments: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a call's arguments: what it was, for whoever may not see them."""
    written = json.dumps(arguments, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(written.encode("utf-8", "surrogatepass")).hexdigest()


def _call_id(turn: str, step: int, index: int) -> str:
    return sha256(f"{turn}\n{step}\n{index}".encode()).hexdigest()[:32]
