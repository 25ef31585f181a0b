"""How dangerous a call is: pure, total, monotone in every argument, and BLACK where in doubt."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.tools import tiers as tiers_of
from processors.tools.declare import Tool, Weight, tool
from processors.tools.policy import Override, Policy, Rights
from processors.tools.tiers import MAX_COMMAND, Situation, assess
from schemas.tools import Effect, Tier, ToolResult

SOON = datetime.now(UTC) + timedelta(hours=1)
tiers = st.sampled_from(Tier)
words = st.text(max_size=8)
FULL = Situation(profile="full", person="owner", channel="web")


def made(
    tier: Tier, weight: Weight | None = None, *, effect: Effect = "plain", sends: bool = False
) -> Tool:
    """A tool that weighs what it is told to."""

    async def act(what: str = "") -> ToolResult:
        """Act."""
        raise AssertionError(what)

    def weigh(what: str) -> Weight:
        if what == "raise":
            raise ZeroDivisionError
        return weight or Weight()

    return tool(
        tier=tier, timeout=1, effect="none" if tier == Tier.GREEN else effect, weigh=weigh,
        sends=sends,
    )(act)  # fmt: skip


@st.composite
def overrides(draw: st.DrawFn) -> Override:
    return Override(
        tool=draw(st.sampled_from(("act", "a*", "other"))), tier=draw(tiers), until=SOON,
        why="test", target=draw(st.sampled_from(("*", "file:a", "file:*"))),
    )  # fmt: skip


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    return Policy(
        tiers=draw(st.dictionaries(st.just("act"), tiers)),
        profiles=draw(
            st.dictionaries(
                st.sampled_from(("full", "readonly", "mine")), st.builds(Rights, ceiling=tiers)
            )
        ),
        channels=draw(st.dictionaries(st.just("web"), st.builds(Rights, ceiling=tiers))),
        protected=tuple(
            draw(st.lists(st.sampled_from(("file:a", "file:b*", "container:*")), max_size=2))
        ),
        many_changes=draw(st.integers(1, 5)),
    )


weights = st.builds(
    Weight,
    tier=tiers,
    targets=st.lists(st.sampled_from(("file:a", "file:bc", "container:x", "node:y"))).map(tuple),
    black=st.sampled_from((None, "protected")),
)
situations = st.builds(
    Situation,
    profile=st.sampled_from(("full", "messaging", "readonly", "mine", "nobody's")),
    channel=st.sampled_from(("web", "terminal")),
    person=st.just("owner"),
    tainted=st.lists(words, max_size=2).map(tuple),
    acted=st.integers(0, 8),
    overrides=st.lists(overrides(), max_size=2).map(tuple),
)


@given(tiers, weights, st.booleans(), situations, policies())
def test_it_is_pure_and_never_raises(
    tier: Tier, weight: Weight, sends: bool, situation: Situation, policy: Policy
) -> None:
    one = made(tier, weight, sends=sends)
    found = assess(one, {"what": "x"}, situation, policy)
    assert found == assess(one, {"what": "x"}, situation, policy)
    assert (found.tier == Tier.BLACK) == (found.code is not None)


@given(st.dictionaries(words, st.one_of(words, st.none(), st.floats())), situations, policies())
def test_any_arguments_have_an_answer(
    arguments: dict[str, Any], situation: Situation, policy: Policy
) -> None:
    found = assess(made(Tier.YELLOW), arguments, situation, policy)
    if set(arguments) != {"what"}:
        assert found.tier == Tier.BLACK


@given(
    tiers, tiers, weights, weights, st.booleans(), st.booleans(), situations, situations, policies()
)  # fmt: skip
def test_more_danger_is_never_less(
    tier: Tier, other: Tier, weight: Weight, heavier: Weight, sends: bool, more: bool,
    situation: Situation, worse: Situation, policy: Policy,
) -> None:  # fmt: skip
    """Each thing by itself and all together."""
    low, high = sorted((tier, other))
    weight = replace(weight, tier=min(weight.tier, heavier.tier))
    heavier = replace(
        heavier,
        # Naming its target is what makes a call fit an override: no danger, and so not compared.
        targets=(*weight.targets, *heavier.targets) if weight.targets else (),
        black=heavier.black or weight.black,
    )
    worse = replace(
        situation,
        tainted=(*situation.tainted, *worse.tainted),
        acted=max(situation.acted, worse.acted),
        overrides=situation.overrides[: len(worse.overrides)],
    )
    calm = assess(made(low, weight, sends=sends), {"what": "x"}, situation, policy).tier
    assert calm <= assess(made(high, weight, sends=sends), {"what": "x"}, situation, policy).tier
    assert calm <= assess(made(low, heavier, sends=sends), {"what": "x"}, situation, policy).tier
    assert calm <= assess(made(low, weight, sends=sends), {"what": "x"}, worse, policy).tier
    loud = made(high, heavier, sends=sends or more)
    assert calm <= assess(loud, {"what": "x"}, worse, policy).tier


@given(tiers, weights, situations, policies(), tiers, st.integers(1, 5))
def test_a_stricter_policy_is_never_less(
    tier: Tier, weight: Weight, situation: Situation, policy: Policy, ceiling: Tier, many: int
) -> None:
    one = made(tier, weight)
    stricter = policy.model_copy(
        update={
            "protected": (*policy.protected, "file:c", "file:bc"),
            "many_changes": min(many, policy.many_changes),
            "people": {"owner": Rights(ceiling=ceiling, deny=("b*",))},
        }
    )
    calm = assess(one, {"what": "x"}, situation, policy).tier
    assert calm <= assess(one, {"what": "x"}, situation, stricter).tier


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (assess(None, {}, FULL, Policy()), "not_found"),
        (assess(made(Tier.GREEN), {"what": "raise"}, FULL, Policy()), "bug"),
        (assess(made(Tier.GREEN), {}, FULL, Policy()), "bug"),
        (assess(made(Tier.GREEN), {"what": "", "how": ""}, FULL, Policy()), "invalid"),
        (assess(made(Tier.BLACK), {"what": ""}, FULL, Policy()), "forbidden"),
        (assess(made(Tier.RED), {"what": ""}, Situation(), Policy()), "forbidden"),
        (assess(made(Tier.GREEN), {"what": ""}, Situation(profile="x"), Policy()), "forbidden"),
        (
            assess(made(Tier.GREEN, Weight(black="protected")), {"what": ""}, FULL, Policy()),
            "protected",
        ),
        (
            assess(made(Tier.GREEN, Weight(targets=("node:x",))), {"what": ""}, FULL, Policy()),
            "protected",
        ),
        (
            assess(made(Tier.ORANGE), {"what": "x" * MAX_COMMAND}, FULL, Policy()),
            "invalid",
        ),
    ],
)
def test_what_is_in_doubt_is_black(found: Any, code: str) -> None:
    assert (found.tier, found.code) == (Tier.BLACK, code)
    assert found.reasons or code == "protected"


def test_untrusted_text_adds_one() -> None:
    tainted = replace(FULL, tainted=("https://example.org",))
    for tier, then in ((Tier.YELLOW, Tier.ORANGE), (Tier.ORANGE, Tier.RED), (Tier.RED, Tier.RED)):
        found = assess(made(tier), {"what": ""}, tainted, Policy())
        assert found.tier == then
        assert "untrusted text entered this turn (https://example.org)" in found.reasons
    assert assess(made(Tier.GREEN), {"what": ""}, tainted, Policy()).tier == Tier.GREEN
    assert assess(made(Tier.GREEN, sends=True), {"what": ""}, tainted, Policy()).tier == Tier.YELLOW


EXCEPTED = Override(tool="act", tier=Tier.ORANGE, until=SOON, why="test")
"""An exception that lets what is RED run as ORANGE."""


@pytest.mark.parametrize(
    ("found", "situation", "policy"),
    [
        (made(Tier.RED), FULL, Policy()),
        (made(Tier.YELLOW), FULL, Policy()),
        (made(Tier.RED), replace(FULL, overrides=(EXCEPTED,)), Policy()),
        (made(Tier.YELLOW), replace(FULL, tainted=("a page",)), Policy()),
        (made(Tier.ORANGE), replace(FULL, tainted=("a page",)), Policy()),
        (made(Tier.ORANGE), replace(FULL, tainted=("a page",), overrides=(EXCEPTED,)), Policy()),
        (
            made(Tier.ORANGE, Weight(tier=Tier.RED)),
            replace(FULL, overrides=(EXCEPTED,)),
            Policy(),
        ),
        (made(Tier.ORANGE), replace(FULL, acted=3), Policy(many_changes=3)),
        (made(Tier.ORANGE), FULL, Policy(tiers={"act": Tier.RED})),
        (made(Tier.ORANGE), replace(FULL, profile="readonly"), Policy()),
    ],
)
def test_a_yes_lasts_for_what_is_orange_by_itself(
    found: Tool, situation: Situation, policy: Policy
) -> None:
    lasting = replace(made(Tier.ORANGE), lasting=True)
    assert assess(lasting, {"what": ""}, FULL, Policy()).lasting
    assert not assess(made(Tier.ORANGE), {"what": ""}, FULL, Policy()).lasting
    assert not assess(replace(found, lasting=True), {"what": ""}, situation, policy).lasting


def test_a_yes_lasts_for_no_tainted_turn_and_nothing_red_each_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Taint makes ORANGE RED, so each of these two rules hides whether the other is there."""
    lasting, tainted = replace(made(Tier.ORANGE), lasting=True), replace(FULL, tainted=("a page",))
    assert tiers_of._lasting(lasting, Weight(), FULL, Policy())
    assert not tiers_of._lasting(lasting, Weight(), tainted, Policy())
    monkeypatch.setattr(tiers_of, "_lasting", lambda *_: True)
    assert assess(lasting, {"what": ""}, FULL, Policy()).lasting
    assert not assess(lasting, {"what": ""}, tainted, Policy()).lasting


def test_many_small_changes_are_a_large_one() -> None:
    one, policy = made(Tier.YELLOW), Policy(many_changes=3)
    assert assess(one, {"what": ""}, replace(FULL, acted=2), policy).tier == Tier.YELLOW
    assert assess(one, {"what": ""}, replace(FULL, acted=3), policy).tier == Tier.ORANGE


def test_the_configuration_changes_the_verdict() -> None:
    """And never says that a change is a look, or that these arguments are harmless."""
    one = made(Tier.ORANGE, Weight(tier=Tier.YELLOW))
    for told, then in ((Tier.RED, Tier.RED), (Tier.YELLOW, Tier.YELLOW), (Tier.GREEN, Tier.YELLOW)):
        assert assess(one, {"what": ""}, FULL, Policy(tiers={"act": told})).tier == then
    heavy = made(Tier.ORANGE, Weight(tier=Tier.ORANGE))
    assert assess(heavy, {"what": ""}, FULL, Policy(tiers={"act": Tier.GREEN})).tier == Tier.ORANGE


def test_an_override_lowers_what_it_covers() -> None:
    override = Override(
        tool="act", target="container:web", people=("owner",), tier=Tier.YELLOW, until=SOON,
        why="the move",
    )  # fmt: skip
    around = replace(FULL, overrides=(override,))
    web = made(Tier.ORANGE, Weight(targets=("container:web",)))
    found = assess(web, {"what": ""}, around, Policy())
    assert found.tier == Tier.YELLOW
    assert any("the move" in reason for reason in found.reasons)
    other = made(Tier.ORANGE, Weight(targets=("container:web", "container:db")))
    assert assess(other, {"what": ""}, around, Policy()).tier == Tier.ORANGE
    heavy = made(Tier.ORANGE, Weight(tier=Tier.ORANGE, targets=("container:web",)))
    assert assess(heavy, {"what": ""}, around, Policy()).tier == Tier.ORANGE
    stranger = replace(around, person="guest")
    assert assess(web, {"what": ""}, stranger, Policy()).tier == Tier.ORANGE
    tainted = replace(around, tainted=("a page",))
    assert assess(web, {"what": ""}, tainted, Policy()).tier == Tier.RED
    shut = Policy(protected=("container:web",))
    assert assess(web, {"what": ""}, around, shut).tier == Tier.BLACK


def test_a_command_is_shown_as_what_it_is() -> None:
    sly = "rm\u202e -rf \u0430\u00a0\x1b[8m \u200b\uff41 müll 語 \U0001d41a"
    found = assess(made(Tier.ORANGE, Weight(command=sly)), {"what": ""}, FULL, Policy())
    assert found.command == (
        "rm\\u202e -rf \\u0430\\xa0\\x1b[8m \\u200b\\uff41 müll 語 \\U0001d41a"
    )
    plain = assess(made(Tier.ORANGE), {"what": "a\nb"}, FULL, Policy())
    assert plain.command == 'act what="a\\nb"'
