"""What models cost, and what their names are."""

from __future__ import annotations

import pytest

from gateways.llm.models import MODELS, PROVIDERS, TIERS, Known, full_name
from schemas.record import Usage


@pytest.mark.parametrize(
    ("usage", "kept", "cost"),
    [
        (Usage(), 0, 0),
        (Usage(input=1_000_000), 0, 2_000_000),
        (Usage(input=1_000_000, cached=1_000_000), 0, 200_000),
        (Usage(input=1_000_000), 1_000_000, 2_500_000),
        (Usage(output=1_000_000, thinking=900_000), 0, 10_000_000),
        (Usage(input=100, cached=60, output=10), 30, 20 + 12 + 75 + 100),
    ],
)
def test_money_is_counted_in_millionths_of_a_dollar(usage: Usage, kept: int, cost: int) -> None:
    assert Known(input=2, cached=0.2, kept=2.5, output=10).cost(usage, kept) == cost


def test_what_is_not_said_costs_as_input() -> None:
    assert Known(input=2).cost(Usage(input=10, cached=5), kept=3) == 20


def test_the_tables_know_each_other() -> None:
    for names in TIERS.values():
        assert set(names) <= set(MODELS)
    assert {name.partition(":")[0] for name in MODELS} <= set(PROVIDERS)


def test_a_name_alone_is_completed() -> None:
    assert full_name("gemini-2.0-flash") == "gemini:gemini-2.0-flash"
    assert full_name("openai:qwen3:8b") == "openai:qwen3:8b"
    assert full_name("nobody") == ""
