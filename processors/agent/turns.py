"""What a turn has done so far, and how far it may go."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Self

from processors.agent.caps import Caps, figure
from processors.tools.output import DEEPEST, too_deep
from schemas.record import (
    Decided,
    Observed,
    Proposed,
    Redriven,
    Reported,
    Returned,
    Routed,
    Thought,
    ToolCall,
)
from streams.record import TurnRecord

NOT_ALLOWED = frozenset({"forbidden", "protected", "denied", "expired", "too_many"})
"""How a call ends that a rule or a person did not allow. Who goes on asking tires people until
they say yes to anything."""

BY_MEMORY = "a memory of "
"""Before the source of a fact: where a turn has it from, that was told the fact."""


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
        depth: how deep tasks may be handed on; 0 for not at all.
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
    depth: int = 2
    caps: Caps = field(default_factory=Caps)

    def now(self) -> Limits:
        """Return the limits as they are at this moment; a subclass may know newer ones."""
        return self

    def of(self, record: TurnRecord) -> Self:
        """Return the limits of this turn: a task's are the share that it was given."""
        parent, own = record.asked.parent, record.asked.most_cost or 0
        if parent is None:
            return replace(self, cost=min(own, self.cost or own)) if own else self
        share = parent.budget
        costs = [one for one in (self.cost, share.cost) if one]
        return replace(
            self,
            steps=min(self.steps, share.steps),
            seconds=min(self.seconds, share.seconds),
            tokens=min(self.tokens, share.tokens),
            calls=min(self.calls, share.calls),
            cost=min(costs, default=0),
        )

    def reached(self, record: TurnRecord, at: int) -> str | None:
        """Return which limit the turn has reached, as a sentence, or None.

        Args:
            record: the turn so far.
            at: when the next step became due, in milliseconds since 1970; the time of the
                message, so that the same message is always decided in the same way.
        """
        tasks = reports(record)
        if len(record.of(Thought)) + sum(one.steps for one in tasks) >= self.steps:
            return f"I stopped after {self.steps} steps, which is the limit for one turn."
        if self.used(record, at) > self.seconds:
            return f"I stopped after {self.seconds:g} seconds, which is the limit for one turn."
        tokens = record.usage.total + sum(one.tokens for one in tasks)
        if tokens >= self.tokens:
            return f"I stopped after {tokens} tokens; the limit is {self.tokens}."
        cost = record.usage.cost + sum(one.cost for one in tasks)
        if self.cost and cost >= self.cost:
            spent, most = figure("cost", cost), figure("cost", self.cost)
            return f"I stopped: this turn has cost {spent} of {most}."
        refused = sum(one.code in NOT_ALLOWED for one in record.of(Observed))
        refused += sum(one.refused for one in tasks)
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
        calls += sum(one.calls for one in reports(record))
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
        return max(0.0, at - began - waited(record, began, at)) / 1000


def reports(record: TurnRecord) -> list[Reported]:
    """Return what the turn's tasks came to, as far as they are over."""
    return [one.reported for one in record.of(Returned) if one.reported is not None]


def by_memory(sources: Iterable[str]) -> tuple[str, ...]:
    """Return what the sources of facts are to a turn that is told them, each once."""
    found = (one if one.startswith(BY_MEMORY) else f"{BY_MEMORY}{one}" for one in sources)
    return tuple(dict.fromkeys(found))


def brought(record: TurnRecord) -> tuple[str, ...]:
    """Return the sources of text that anybody could have written, as what was brought back says.

    A tool that only ever brings such text is known for it, and needs not say so each time.
    """
    recalled = (fact for one in record.of(Thought) for fact in one.recalled)
    found = [
        *(source for fact in recalled for source in by_memory(fact.tainted)),
        *(source for one in record.of(Observed) for source in one.tainted),
        *(source for one in reports(record) for source in one.tainted),
    ]
    return tuple(dict.fromkeys(found))


def waited(record: TurnRecord, began: int, until: int) -> float:
    """Return for how many milliseconds a turn waited for a model to answer, or for a person.

    Of tasks that ran beside each other, the one that waited longest counts.

    Args:
        record: the turn so far.
        began: from when, in milliseconds since 1970.
        until: until when.
    """
    models = sum(one.waited_ms for one in record.of(Thought) if one.at >= began)
    tasks = max((one.waited_ms for one in reports(record)), default=0.0)
    return models + tasks + _undecided(record, began, until)


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
