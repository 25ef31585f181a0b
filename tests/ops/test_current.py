"""Settings are read again while all runs, in one place for all who follow them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops import config_file, current
from ops.config import load
from ops.current import Current
from ops.settings import FILE
from schemas.errors import Invalid


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current, "FRESH", 0.0)


def test_a_change_is_seen_and_a_file_that_does_not_fit_is_not(tmp_path: Path) -> None:
    found = Current(load(tmp_path))
    config_file.put(tmp_path, "agent.max_steps", "9")
    assert found.now().agent.max_steps == 9
    (tmp_path / FILE).write_text("agent: {max_steps: many}\n")
    assert found.now().agent.max_steps == 9
    (tmp_path / FILE).write_text("agent: {max_steps: 11}\n")
    assert found.now().agent.max_steps == 11


def test_the_file_is_not_looked_at_all_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(current, "FRESH", 3_600.0)
    found = Current(load(tmp_path))
    config_file.put(tmp_path, "agent.max_steps", "9")
    assert found.now().agent.max_steps == 12
    found.look()
    assert found.now().agent.max_steps == 9


def test_what_is_made_is_made_again_only_when_its_part_is_another(tmp_path: Path) -> None:
    made: list[int] = []

    def make(settings: object) -> int:
        made.append(len(made))
        if len(made) == 3:
            raise Invalid("not this one")
        return made[-1]

    found = Current(load(tmp_path)).made(lambda now: now.agent.max_steps, make)
    config_file.put(tmp_path, "agent.max_calls", "9")
    assert found() == 0
    config_file.put(tmp_path, "agent.max_steps", "9")
    assert found() == 1
    config_file.put(tmp_path, "agent.max_steps", "10")
    assert found() == 1, "the last that could be made stays"
    assert made == [0, 1, 2]


def test_several_settings_change_together_or_not_at_all(tmp_path: Path) -> None:
    config_file.put(tmp_path, "agent.max_steps", "9")
    config_file.change(
        tmp_path, {"agent.max_steps": None, "models.flash": ["rules"], "policy.nodes": ["a"]}
    )
    assert (tmp_path / FILE).read_text() == "models:\n  flash: [rules]\npolicy:\n  nodes: [a]\n"
    before = (tmp_path / FILE).read_text()
    with pytest.raises(Invalid, match=r"agent\.max_calls cannot be 'many'"):
        config_file.change(tmp_path, {"models.flash": None, "agent.max_calls": "many"})
    assert (tmp_path / FILE).read_text() == before
