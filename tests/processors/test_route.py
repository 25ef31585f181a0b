"""Route: a command, a tool named directly, or thinking."""

from __future__ import annotations

import pytest

from gateways.llm.rules import Rules
from processors.agent.caps import Caps
from processors.agent.mind import Mind
from processors.agent.turns import Limits
from processors.route import route
from schemas.chat import USUAL, Answer, Call, Think
from schemas.record import Chosen, Routed, Said
from streams.record import TurnRecord
from streams.spending import Accounts, Spending, Spent
from tests.processors.asked import admitted, mind, record, registry


async def routed(
    turn: TurnRecord, limits: Limits | None = None, accounts: Accounts | None = None
) -> Think | list[Call] | Answer:
    spending = Spending.of(accounts or Accounts())
    return await route(admitted(), turn, registry(), mind(), limits or Limits(), spending)


async def test_a_tool_named_directly_is_counted_too() -> None:
    limits = Limits(caps=Caps(session=Spent(calls=5)))
    turn = record("!echo_text hi")
    found = await routed(turn, limits, Accounts(session=Spent(calls=5)))
    assert isinstance(found, Answer)
    assert turn.said is not None
    assert turn.said.outcome == "limited"
    assert turn.said.text.startswith("I stopped: this conversation has used 5 tool calls of 5")
    assert isinstance(await routed(record("!echo_text hi"), limits), list)


async def test_words_are_thought_about() -> None:
    turn = record("what is this?")
    found = await routed(turn)
    assert isinstance(found, Think)
    assert (found.id, found.step, found.tier) == ("t:think:0", 0, "flash")
    assert [(one.way, one.intent) for one in turn.of(Routed)] == [("think", "conversation")]


@pytest.mark.parametrize(
    ("text", "wished", "tier"),
    [
        ("restart the nextcloud container", None, "opus"),
        ("tell me a joke", None, "flash"),
        ("tell me a joke", "opus", "opus"),
    ],
)
async def test_what_is_wanted_chooses_the_tier(text: str, wished: str | None, tier: str) -> None:
    turn = record(text, tier=wished)
    both = Mind({"flash": Rules(), "opus": Rules()}, "flash", intents={"action": "opus"})
    found = await route(admitted(), turn, registry(), both, Limits(), Spending.of())
    assert isinstance(found, Think)
    assert found.tier == turn.of(Routed)[0].tier == tier


@pytest.mark.parametrize(
    ("tier", "chosen", "expected"),
    [
        (None, None, "flash"),
        (None, "opus", "opus"),
        ("haiku", "opus", "haiku"),
        (USUAL, "opus", "flash"),
    ],
)
async def test_the_nearest_choice_of_a_tier_counts(
    tier: str | None, chosen: str | None, expected: str
) -> None:
    turn = record("hello", *([Chosen(tier=chosen)] if chosen else []), tier=tier)
    found = await routed(turn)
    assert isinstance(found, Think)
    assert found.tier == expected


async def test_a_command_is_answered_at_once() -> None:
    turn = record("  /model opus ")
    found = await routed(turn)
    assert isinstance(found, Answer)
    assert found.outcome == "answered"
    assert [type(entry) for entry in turn.added] == [Routed, Chosen, Said]
    assert turn.of(Chosen)[0].tier == "opus"


@pytest.mark.parametrize("text", ["/nope", "/model foo", "!nope"])
async def test_what_there_is_not_is_refused(text: str) -> None:
    turn = record(text)
    found = await routed(turn)
    assert isinstance(found, Answer)
    assert found.outcome == "refused"
    assert turn.said is not None
    assert turn.said.outcome == "refused"


async def test_a_tool_named_directly_is_called() -> None:
    turn = record('!echo_text {"text": "hi", "times": 2}')
    found = await routed(turn)
    assert isinstance(found, list)
    (call,) = found
    (wish,) = turn.of(Routed)[0].calls
    assert (call.id, call.tool, call.step, call.index) == (wish.call_id, "echo_text", 0, 0)
    assert wish.arguments == {"text": "hi", "times": 2}


async def test_the_same_call_has_the_same_id_again() -> None:
    first, second = await routed(record("!echo_text")), await routed(record("!echo_text"))
    assert isinstance(first, list)
    assert isinstance(second, list)
    assert first[0].id == second[0].id


@pytest.mark.parametrize("text", ["!echo_txt", "!", "!echo_text {", "!echo_text a b", "!echo 'x"])
async def test_a_direct_call_that_cannot_be_read_is_refused_in_words(text: str) -> None:
    turn = record(text)
    found = await routed(turn)
    assert isinstance(found, Answer)
    assert turn.said is not None
    assert turn.said.outcome == "refused"
    assert turn.said.text
