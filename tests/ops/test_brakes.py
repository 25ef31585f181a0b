"""The limits follow the settings while all runs, and a broken file changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops import config_file, current
from ops.brakes import limits
from ops.config import load
from ops.current import Current
from streams.spending import Accounts, Spent


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current, "FRESH", 0.0)


def test_every_setting_becomes_a_limit(tmp_path: Path) -> None:
    config_file.put(tmp_path, "agent.max_cost", "0.5")
    config_file.put(tmp_path, "agent.session.seconds", "90")
    found = limits(Current(load(tmp_path)))
    assert (found.cost, found.steps, found.calls, found.refusals) == (500_000, 12, 64, 3)
    assert found.caps.session == Spent(cost=5_000_000, ms=90_000)
    assert found.caps.person.cost == 10_000_000
    assert found.caps.day.cost == 20_000_000


def test_a_change_counts_at_once(tmp_path: Path) -> None:
    found = limits(Current(load(tmp_path)))
    spent = Accounts(person=Spent(cost=3_000_000))
    assert found.now().caps.reached(spent) is None
    config_file.put(tmp_path, "agent.person.cost", "2.5")
    assert found.now().caps.reached(spent) is not None
    config_file.put(tmp_path, "agent.person.cost", "0")
    assert found.now().now().caps.reached(spent) is None


def test_a_file_that_does_not_fit_lifts_no_limit(tmp_path: Path) -> None:
    config_file.put(tmp_path, "agent.person.cost", "2.5")
    found = limits(Current(load(tmp_path)))
    (tmp_path / "config.yaml").write_text("agent: {person: {cost: many}}\n")
    assert found.now().caps.person.cost == 2_500_000


def test_however_small_a_limit_is_it_is_one(tmp_path: Path) -> None:
    config_file.put(tmp_path, "agent.day.cost", "0.0000001")
    assert limits(Current(load(tmp_path))).caps.day.cost == 1
