"""What was decided against what was pressed and what happened: every contradiction is seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ops.chaos.consent import Call, Consent, Means, Press, Question, agree, questions
from schemas.approvals import ApprovalState, Verdict
from schemas.record import Decided, Proposed
from schemas.tools import Tier


def asked(tier: Tier = Tier.ORANGE) -> Proposed:
    return Proposed(
        approval="a", call_id="c", step=0, tool="witness_ask", tier=tier, binding="b",
        people=("owner",),
    )  # fmt: skip


def said(state: ApprovalState, channel: str | None = "web") -> Decided:
    by = "owner" if channel else None
    return Decided(approval="a", call_id="c", state=state, by=by, channel=channel)


def press(verdict: Verdict, channel: str = "web", means: Means = "token") -> Press:
    return Press("a", verdict, channel, means)


YES, NO = press("approved"), press("denied")
FINE = [
    ((said("approved"),), [YES], "done", 1, {"approved": 1}),
    ((said("approved"),), [YES], "unknown", 0, {"approved": 1}),
    ((said("denied"),), [YES, NO], "failed", 0, {"refused": 1}),
    ((said("void", None),), [press("approved", means="wrong")], "failed", 0, {"refused": 1}),
    ((said("expired", None),), [YES], "failed", 0, {"expired": 1}),
]
WRONG = [
    ((said("approved"), said("denied")), [YES, NO], "done", 1, {"decided_twice": 1}),
    ((), [YES], "", 0, {"undecided": 1}),
    ((said("approved"),), [NO], "done", 1, {"unpressed": 1}),
    ((said("approved", "wire"),), [YES], "done", 1, {"unpressed": 1}),
    ((said("approved"),), [press("approved", means="wrong")], "done", 1, {"unpressed": 1}),
    ((said("denied"),), [NO], "done", 1, {"unwanted": 1}),
    ((said("expired", None),), [], "done", 1, {"unwanted": 1}),
    ((), [], "done", 1, {"undecided": 1, "unwanted": 1}),
    ((said("approved"),), [YES], "failed", 0, {"unkept": 1}),
]


def found(
    decided: tuple[Decided, ...],
    presses: list[Press],
    outcome: str,
    effects: int,
    tier: Tier = Tier.ORANGE,
) -> Consent:
    book = {"c": effects} if effects else {}
    return agree(questions([asked(tier)], decided), [Call("c", outcome)], presses, book)


@pytest.mark.parametrize(("decided", "presses", "outcome", "effects", "counts"), FINE)
def test_what_agrees_is_fine(
    decided: tuple[Decided, ...],
    presses: list[Press],
    outcome: str,
    effects: int,
    counts: dict[str, int],
) -> None:
    assert found(decided, presses, outcome, effects) == Consent(asked=1, **counts)


@pytest.mark.parametrize(("decided", "presses", "outcome", "effects", "broken"), WRONG)
def test_each_contradiction_is_seen(
    decided: tuple[Decided, ...],
    presses: list[Press],
    outcome: str,
    effects: int,
    broken: dict[str, int],
) -> None:
    assert found(decided, presses, outcome, effects).broken == broken


def test_a_yes_to_what_is_red_needs_more_than_one_place() -> None:
    words = ((said("approved"),), [YES], "done", 1, Tier.RED)
    assert found(*words).broken == {"unpressed": 1}
    stepped = [YES, press("approved", means="elsewhere")]
    assert found((said("approved"),), stepped, "done", 1, Tier.RED).broken == {}
    assert found((said("denied"),), [NO], "failed", 0, Tier.RED).broken == {}


def test_a_code_of_the_app_counts_and_is_counted() -> None:
    app, other = press("approved", means="app"), press("approved", means="elsewhere")
    fine = Consent(asked=1, approved=1)
    assert found((said("approved"),), [app], "done", 1, Tier.RED) == replace(fine, by_app=1)
    assert found((said("approved"),), [other], "done", 1, Tier.RED) == fine
    # Pressed there too, and heard first somewhere else.
    there = [app, press("approved", "terminal", means="elsewhere")]
    assert found((said("approved", "terminal"),), there, "done", 1, Tier.RED) == fine


def test_what_nobody_was_asked_about_and_happened_is_seen() -> None:
    assert agree([], [Call("c", "done")], [], {"c": 1}) == Consent(unwanted=1)


def test_each_question_has_its_own_decisions() -> None:
    other = Decided(approval="b", call_id="d", state="denied")
    assert questions([asked()], [said("denied"), other]) == [Question(asked(), (said("denied"),))]
