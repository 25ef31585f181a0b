"""A limit that was met then is met again in a replay, whatever is configured now."""

from __future__ import annotations

import pytest

from ops.replay.allowed import limits, spending
from ops.replay.past import Past
from processors.agent.caps import Caps
from processors.agent.turns import Limits
from schemas.record import Asked, Entry, Said, Thought, ToolCall, Usage
from streams.record import TurnRecord
from streams.spending import Accounts, Spent


def past(*entries: Entry) -> Past:
    asked = Asked(at=1, text="q", person="owner", channel="terminal", chat="c", profile="full")
    return Past.model_construct(turn="t", record=(asked, *entries), sent=(), letters=())


def said(text: str) -> Said:
    return Said(text=f"{text} Ask me to go on if I should.", outcome="limited")


CALLS = tuple(ToolCall(call_id=f"c{n}", tool="t", arguments={}) for n in range(7))
DEAR = Thought(step=0, model="m", usage=Usage(input=500, cost=3_000_000), calls=CALLS)


@pytest.mark.parametrize(
    ("configured", "met"),
    [
        (Limits(cost=2_500_000), Limits(cost=1)),
        (Limits(tokens=400), Limits(tokens=9_000)),
        (Limits(steps=1), Limits(steps=99)),
    ],
)
def test_a_turns_own_limits_are_read_from_its_answer(configured: Limits, met: Limits) -> None:
    record = TurnRecord("t", past(DEAR).record)
    text = configured.reached(record, 2)
    assert text is not None
    found = limits(met, past(DEAR, said(text)))
    assert found.reached(record, 2) == text


def test_too_many_calls_are_too_many_again() -> None:
    text = Limits(calls=5).too_many(TurnRecord("t", past().record), 7)
    assert text is not None
    found = limits(Limits(), past(DEAR, said(text)))
    assert found.too_many(TurnRecord("t", past().record), 7) == text


@pytest.mark.parametrize("whose", ["session", "person", "day"])
@pytest.mark.parametrize("name", ["cost", "tokens", "calls", "ms"])
async def test_what_was_spent_elsewhere_is_known_by_the_answer(whose: str, name: str) -> None:
    cap, used = Spent(**{name: 2_000_000}), Spent(**{name: 2_120_000})
    text = Caps(**{whose: cap}).reached(Accounts(**{whose: used}))
    assert text is not None
    then = past(Said(text=text, outcome="limited"))
    accounts = await spending(then).read()
    assert limits(Limits(), then).caps.reached(accounts) == text


async def test_who_went_on_had_room() -> None:
    went_on = past(DEAR, Thought(step=1, model="m", text="done"))
    strict = Limits(steps=1, tokens=10, cost=5, calls=1, caps=Caps(day=Spent(cost=1)))
    found = limits(strict, went_on)
    assert found.reached(TurnRecord("t", went_on.record[:2]), 2) is None
    assert found.too_many(TurnRecord("t", went_on.record[:1]), 7) is None
    assert found.caps.reached(await spending(went_on).read()) is None
