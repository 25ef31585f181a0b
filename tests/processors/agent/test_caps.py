"""Who has spent too much is told whose limit it was, and how it goes on."""

from __future__ import annotations

from itertools import product

import pytest

from processors.agent.caps import Caps, Whose
from streams.spending import NAMES, Accounts, Spending, Spent


@pytest.mark.parametrize(("whose", "name"), list(product(("session", "person", "day"), NAMES)))
def test_each_figure_is_a_limit_of_its_own(whose: Whose, name: str) -> None:
    caps = Caps(**{whose: Spent(**{name: 3_000_000})})
    below = Accounts(**{whose: Spent(**{name: 2_999_999})})
    reached = Accounts(**{whose: Spent(**{name: 3_000_000})})
    others = Accounts(
        **{
            other: Spent(*(9_000_000,) * len(NAMES))
            for other in ("session", "person", "day")
            if other != whose
        }
    )
    assert caps.reached(below) is None
    assert caps.reached(others) is None
    said = str(caps.reached(reached))
    assert said.startswith("I stopped: ")
    assert f"agent.{whose}.{'seconds' if name == 'ms' else name}" in said


def test_without_figures_there_is_no_limit() -> None:
    spent = Spent(*(1 << 40,) * len(NAMES))
    assert Caps().reached(Accounts(spent, spent, spent)) is None


async def test_redis_is_asked_only_where_there_is_a_limit() -> None:
    asked: list[str] = []

    async def load() -> Accounts:
        asked.append("x")
        return Accounts(day=Spent(calls=5))

    assert await Caps().met(Spending(load)) is None
    assert asked == []
    assert await Caps(day=Spent(calls=6)).met(Spending(load)) is None
    said = await Caps(day=Spent(calls=5)).met(Spending(load))
    assert said is not None
    assert "5 tool calls of 5 tool calls" in said
    assert asked == ["x", "x"]
