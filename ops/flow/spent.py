"""What thinking took today, model by model, from what the journal says of each step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gateways.llm.fallback import OFFLINE
from gateways.llm.models import PROVIDERS, full_name
from schemas.flow import ModelSpent, SpentView
from schemas.record import Thought

DAY_MS = 86_400_000
"""A day is one of UTC."""
AT_ONCE = 1_000
"""Steps that are read at once."""
KEPT_TIMES = 1_000
"""Of a model, how many of its last times count for the slow end."""
OTHER = "other"
"""Who runs a model that nobody knows."""
BRAIN = "rules"
"""The brain of this server itself."""


class Thoughts(Protocol):
    """The written history."""

    async def thoughts(self, after: int, since: int, limit: int) -> Sequence[tuple[int, Thought]]:
        """Return what models did behind a row and since a moment, with its rows, oldest first."""
        ...


@dataclass(slots=True)
class Account:
    """What one model did."""

    steps: int = 0
    tokens: int = 0
    cost: int = 0
    times: list[float] = field(default_factory=list)

    def add(self, thought: Thought) -> None:
        """Count a step."""
        self.steps += 1
        self.tokens += thought.usage.total
        self.cost += thought.usage.cost
        self.times = [*self.times[1 - KEPT_TIMES :], thought.elapsed_ms]


class Today:
    """Adds up; each step is read once."""

    def __init__(self) -> None:
        self._since, self._seq = 0, 0
        self._accounts: dict[str, Account] = {}

    async def read(self, journal: Thoughts, now: int) -> SpentView:
        """Read what is new, and return what there is of today.

        Args:
            journal: the written history.
            now: in milliseconds since 1970.

        Raises:
            Unwritten: the journal cannot be read now.
        """
        since = now - now % DAY_MS
        if since != self._since:
            self._since, self._accounts = since, {}
        while True:
            more = await journal.thoughts(self._seq, since, AT_ONCE)
            for seq, thought in more:
                self._seq = seq
                self._accounts.setdefault(thought.model, Account()).add(thought)
            if len(more) < AT_ONCE:
                break
        return SpentView(
            since=since,
            models=tuple(
                sorted(
                    (view(name, one) for name, one in self._accounts.items()),
                    key=lambda each: (-each.cost, -each.tokens, each.model),
                )
            ),
        )


def view(model: str, one: Account) -> ModelSpent:
    """Return an account as it is shown."""
    ordered = sorted(one.times)
    return ModelSpent(
        model=model,
        provider=provider_of(model),
        steps=one.steps,
        tokens=one.tokens,
        cost=one.cost,
        p95_ms=ordered[round(0.95 * (len(ordered) - 1))],
    )


def provider_of(model: str) -> str:
    """Return who runs a model."""
    provider = full_name(model).partition(":")[0]
    if provider in PROVIDERS:
        return provider
    return OFFLINE if model == BRAIN else OTHER
