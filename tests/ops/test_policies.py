"""The owner's rules are read again while all runs, and a bad file changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops import config, current
from ops.current import Current
from ops.policies import Watched
from ops.settings import FILE
from processors.agent.people import People
from schemas.errors import Expected
from schemas.tools import Tier


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watched:
    monkeypatch.setattr(current, "FRESH", 0)
    (tmp_path / FILE).write_text("policy:\n  tiers: {docker_stop: RED}\n")
    return Watched(Current(config.load(tmp_path)))


def test_a_change_counts_at_once(watched: Watched, tmp_path: Path) -> None:
    assert watched.now().tiers == {"docker_stop": Tier.RED}
    (tmp_path / FILE).write_text("policy:\n  protected: ['container:db']\n")
    assert watched.now().tiers == {}
    assert watched.now().protected == ("container:db",)
    (tmp_path / FILE).unlink()
    assert "container:db" not in watched.now().protected


@pytest.mark.parametrize(
    "wrong", ["policy:\n  tiers: {docker_stop: PINK}\n", "policy: [", "policies: {}\n", "\xff"]
)
def test_a_file_that_does_not_fit_changes_nothing(
    watched: Watched, tmp_path: Path, wrong: str
) -> None:
    (tmp_path / FILE).write_text(wrong, "latin-1")
    with pytest.raises(Expected):
        config.load(tmp_path)
    assert watched.now().tiers == {"docker_stop": Tier.RED}
    (tmp_path / FILE).write_text("policy:\n  tiers: {docker_stop: BLACK}\n")
    assert watched.now().tiers == {"docker_stop": Tier.BLACK}


def test_a_profile_of_one_s_own(watched: Watched, tmp_path: Path) -> None:
    people = People(watched)
    assert people.profile("ada", "web") == "messaging"
    (tmp_path / FILE).write_text(
        "policy:\n  profiles: {kids: {allow: [time_now]}}\n  people: {ada: {profile: kids}}\n"
    )
    assert people.profile("ada", "web") == "kids"
    assert people.profile("owner", "web") == "full"
    assert people.profile("ada", None) == "readonly"
