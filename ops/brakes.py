"""The agent's limits, as the settings say them at this moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ops.current import Current
from ops.settings import Settings
from processors.agent.caps import Caps
from processors.agent.settings import CapSettings
from processors.agent.turns import Limits
from streams.spending import Spent


def limits(current: Current) -> Limits:
    """Return how far a turn may go, and what may be spent beyond one.

    A change of `config.yaml` counts from the next step on.

    Args:
        current: the settings.
    """

    def look() -> Limits:
        return made()

    made = current.made(lambda now: (now.agent, now.models), lambda now: _limits(now, look))
    return made()


@dataclass(frozen=True, slots=True)
class _Watched(Limits):
    """Limits that look whether there are newer ones."""

    look: Callable[[], Limits] = Limits

    def now(self) -> Limits:
        return self.look()


def _limits(settings: Settings, look: Callable[[], Limits]) -> Limits:
    agent = settings.agent
    return _Watched(
        steps=agent.max_steps,
        seconds=agent.max_seconds,
        tokens=agent.max_tokens,
        patience=settings.models.patience,
        cost=_millionths(agent.max_cost),
        calls=agent.max_calls,
        refusals=agent.max_refusals,
        context=agent.context_tokens,
        tools=agent.tool_tokens,
        depth=agent.max_depth,
        caps=Caps(_cap(agent.session), _cap(agent.person), _cap(agent.day)),
        look=look,
    )


def _cap(cap: CapSettings) -> Spent:
    return Spent(_millionths(cap.cost), cap.tokens, cap.calls, cap.seconds * 1_000)


def _millionths(dollars: float) -> int:
    # A cap that somebody set, however small, is not the 0 that means none.
    return max(1, round(dollars * 1_000_000)) if dollars else 0
