"""Who decides in a run of chaos: what each habit presses, where, and with what."""

from __future__ import annotations

from ops.chaos import script, wired
from ops.chaos.consent import ASKS
from ops.chaos.decider import HABITS, _means
from schemas.approvals import ApprovalView
from schemas.tools import Tier


def view(tier: Tier, session: str = "s0", name: str = "0" * 16) -> ApprovalView:
    return ApprovalView(
        id=name, call_id="c", turn="t", session=session, tool="witness_ask", tier=tier,
        state="pending", asked_at=0, expires_at=0,
    )  # fmt: skip


def test_a_yes_to_what_is_red_carries_a_code_of_another_place() -> None:
    for channel in ("web", "terminal", wired.NAME):
        for session in ("s0", "s2"):
            assert _means(view(Tier.RED, session), "approved", channel) == "elsewhere"
    assert _means(view(Tier.RED), "denied", "web") == "token"


def test_half_of_what_is_red_is_answered_with_the_app_in_a_browser() -> None:
    odd = view(Tier.RED, name="1" * 16)
    assert _means(odd, "approved", "web") == "app"
    assert _means(odd, "denied", "web") == "token"
    assert _means(odd, "approved", "terminal") == "elsewhere"
    assert _means(view(Tier.ORANGE, name="1" * 16), "approved", "web") == "token"


def test_a_channel_has_buttons_for_what_was_asked_there() -> None:
    assert wired.here("s2")
    assert not wired.here("s0")
    assert _means(view(Tier.ORANGE, "s2"), "approved", wired.NAME) == "token"
    assert _means(view(Tier.ORANGE, "s2", "1" * 16), "approved", wired.NAME) == "code"
    assert _means(view(Tier.ORANGE, "s0"), "approved", wired.NAME) == "elsewhere"


def test_a_fair_share_of_turns_asks_and_some_wait_for_nothing() -> None:
    turns = [
        [tool for step in script.steps("7", f"turn {number}") for tool in step]
        for number in range(500)
    ]
    asking = [tools for tools in turns if set(tools) & set(ASKS)]
    assert 60 < len(asking) < 140
    assert {tool for tools in asking for tool in tools} >= set(ASKS)
    slow = HABITS["late"] + HABITS["never"] + HABITS["bare"]
    assert slow <= sum(HABITS.values()) // 10
