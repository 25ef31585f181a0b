"""The owner's rules: profiles, allow and deny, protected things, exceptions for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from processors.tools.policy import Override, Person, Policy, Rights
from schemas.tools import Tier

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_each_profile_reaches_to_its_ceiling() -> None:
    policy = Policy()
    for profile, most in (("readonly", 0), ("messaging", 1), ("full", 3), ("nobody's", -1)):
        for tier in Tier:
            assert policy.permits("x", tier, profile) == (tier <= most)


def test_deny_wins_over_every_allow() -> None:
    policy = Policy(
        profiles={"mine": Rights(allow=("docker_*", "shell_run"), deny=("docker_remove",))},
        people={"ada": Person(allow=("*",)), "bob": Person(deny=("docker_*",))},
        channels={"mail": Rights(ceiling=Tier.YELLOW, allow=("docker_list",))},
    )
    assert policy.permits("docker_stop", Tier.ORANGE, "mine", "ada")
    assert not policy.permits("docker_remove", Tier.GREEN, "mine", "ada")
    assert not policy.permits("files_write", Tier.GREEN, "mine", "ada")
    assert not policy.permits("docker_stop", Tier.GREEN, "mine", "bob")
    assert policy.permits("shell_run", Tier.ORANGE, "mine", "bob")
    assert policy.permits("docker_list", Tier.GREEN, "mine", "ada", "mail")
    assert not policy.permits("docker_stop", Tier.GREEN, "mine", "ada", "mail")
    assert not policy.permits("docker_list", Tier.ORANGE, "mine", "ada", "mail")


def test_a_person_s_rules_never_widen_a_profile() -> None:
    policy = Policy(people={"ada": Person(ceiling=Tier.RED, allow=("*",))})
    assert not policy.permits("x", Tier.YELLOW, "readonly", "ada")


@pytest.mark.parametrize(
    ("target", "shut"),
    [
        ("file:keys", True),
        ("file:keys/id", True),
        ("file:./a/../keys//id", True),
        ("file:keysmith", False),
        ("file:.", True),
        ("file:deep", True),
        ("file:deep/er", True),
        ("file:deep/est", False),
        ("container:db", True),
        ("container:DB-1", True),
        ("container:web", False),
        ("unit:db", False),
        ("vm:100", True),
        ("vm:1000", False),
        ("node:pve1", False),
        ("node:pve2", True),
    ],
)
def test_what_is_protected(target: str, shut: bool) -> None:
    policy = Policy(
        protected=("file:keys", "file:deep/er/x", "container:db*", "vm:100"), nodes=("pve1",)
    )
    assert (policy.forbids(target) is not None) == shut


def test_an_exception_expires() -> None:
    one = Override(tool="x", tier=Tier.YELLOW, until=NOON, why="a move")
    policy = Policy(overrides=(one,))
    assert policy.standing(NOON - timedelta(seconds=1)) == (one,)
    assert policy.standing(NOON) == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"tiers": {"x": "PURPLE"}},
        {"tires": {}},
        {"overrides": [{"tool": "x", "tier": "GREEN", "why": "for ever"}]},
        {"overrides": [{"tool": "x", "tier": "GREEN", "until": "2026-01-01T00:00", "why": "y"}]},
        {"overrides": [{"tool": "x", "tier": "GREEN", "until": NOON, "why": ""}]},
        {"profiles": {"x": {"alow": ["*"]}}},
        {"many_changes": 0},
    ],
)
def test_what_does_not_fit_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Policy.model_validate(wrong)
