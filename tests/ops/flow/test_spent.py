"""What thinking took, model by model."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ops.flow import spent
from ops.flow.spent import DAY_MS, Today, provider_of
from schemas.record import Thought, Usage

NOON = 20_000 * DAY_MS + DAY_MS // 2


def thought(model: str, cost: int = 0, ms: float = 10.0) -> Thought:
    """A step of a model."""
    return Thought(step=0, model=model, usage=Usage(input=90, output=10, cost=cost), elapsed_ms=ms)


class Written:
    """A history; it notes what it was asked for."""

    def __init__(self, *rows: Thought) -> None:
        self.rows = list(enumerate(rows, 1))
        self.asked: list[tuple[int, int]] = []

    async def thoughts(self, after: int, since: int, limit: int) -> Sequence[tuple[int, Thought]]:
        """Return the rows behind one."""
        self.asked.append((after, since))
        return [(seq, one) for seq, one in self.rows if seq > after][:limit]


async def test_each_step_is_read_once_and_the_dearest_stands_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(spent, "AT_ONCE", 2)
    written = Written(thought("rules"), thought("claude-sonnet-4-5", 500), thought("rules"))
    today = Today()
    found = await today.read(written, NOON)
    assert [(one.model, one.steps, one.tokens, one.cost) for one in found.models] == [
        ("claude-sonnet-4-5", 1, 100, 500),
        ("rules", 2, 200, 0),
    ]
    written.rows.append((4, thought("rules", ms=900.0)))
    found = await today.read(written, NOON + 1_000)
    assert found.models[1].steps == 3
    assert found.models[1].p95_ms == 900.0
    assert written.asked[-1] == (3, 20_000 * DAY_MS)


async def test_a_new_day_begins_with_nothing() -> None:
    written, today = Written(thought("rules")), Today()
    assert (await today.read(written, NOON)).models
    found = await today.read(written, NOON + DAY_MS)
    assert (found.models, found.since) == ((), 20_001 * DAY_MS)


def test_who_runs_a_model_is_known_or_said_to_be_somebody_else() -> None:
    assert provider_of("gemini-2.5-pro") == "gemini"
    assert provider_of("anthropic:whatever") == "anthropic"
    assert provider_of("rules") == "offline"
    assert provider_of("my-own") == "other"
