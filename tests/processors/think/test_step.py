"""One step: an answer, or wishes; what the model sees, and what limits and circles say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from gateways.llm.base import (
    Delta,
    ModelSaid,
    Request,
    Signed,
    TextDelta,
    ToolSaid,
    UserSaid,
)
from gateways.llm.base import Spent as SpentDelta
from gateways.llm.rules import Rules
from gateways.llm.scripted import Step, Wish
from processors.agent.caps import Caps
from processors.agent.mind import Mind
from processors.agent.turns import Limits
from schemas.chat import Answer
from schemas.feed import Stepped, Token
from schemas.record import (
    Asked,
    Observed,
    Redriven,
    Replay,
    Routed,
    Said,
    Thought,
    Usage,
)
from streams.record import TurnRecord
from streams.spending import Accounts, Spent
from tests.processors.asked import Heard, mind, record, steps
from tests.processors.think.step import Several, thought
from tests.stand import soon


async def test_an_answer_ends_the_turn() -> None:
    turn, feed = record(), Heard()
    step = Step(text=("Hello ", "you."), usage=Usage(input=3, output=2))
    found = await thought(turn, mind(step), feed=feed)
    assert isinstance(found, Answer)
    assert (found.id, found.outcome) == ("t:answer", "answered")
    assert turn.said is not None
    assert turn.said.text == "Hello you."
    assert turn.usage.total == 5
    assert [type(event) for event in feed.events] == [Stepped, Token, Token]


async def test_what_was_heard_before_a_stop_goes_on_record() -> None:
    turn, feed = record(), Heard()
    endless = Step(text=("It has ", "begun ", "and"), thinking="Hm.", pause=0.2)
    task = asyncio.create_task(thought(turn, mind(endless), feed=feed))
    await soon(lambda: sum(isinstance(one, Token) for one in feed.events) == 3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (cut,) = turn.of(Thought)
    assert turn.added == [cut]
    told = [one.text for one in feed.events if isinstance(one, Token) and not one.thinking]
    assert (cut.text, cut.thinking, cut.cut) == ("".join(told), "Hm.", True)


async def test_what_a_stopped_answer_cost_is_counted_however_long_it_was() -> None:
    class Endless:
        """Has written more than may be kept, and goes on."""

        name = "endless"

        async def stream(self, _: Request) -> AsyncGenerator[Delta]:
            yield TextDelta("\u20ac" * 90_000)
            yield SpentDelta(Usage(input=3, output=5, cost=7))
            await asyncio.sleep(600)

    turn, feed = record(), Heard()
    task = asyncio.create_task(thought(turn, Mind({"flash": Endless()}, "flash"), feed=feed))
    await soon(lambda: any(isinstance(one, Token) for one in feed.events))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (cut,) = turn.of(Thought)
    assert (cut.text, cut.cut, cut.usage.cost) == ("", True, 7)


async def test_a_stop_before_the_first_word_leaves_nothing() -> None:
    turn, feed = record(), Heard()
    task = asyncio.create_task(thought(turn, mind(Step(text="never", delay=600)), feed=feed))
    await soon(lambda: feed.events)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert turn.added == []


@pytest.mark.parametrize(
    ("question", "outcome"),
    [("who won the world cup?", "refused"), ("restart it", "refused"), ("hello", "answered")],
)
async def test_a_brain_that_cannot_answer_refuses(question: str, outcome: str) -> None:
    turn = record(question)
    found = await thought(turn, Mind({"flash": Rules()}, "flash"))
    assert isinstance(found, Answer)
    assert found.outcome == outcome
    assert turn.said is not None
    assert turn.said.outcome == outcome
    assert [one.declined for one in turn.of(Thought)] == [outcome == "refused"]


async def test_wishes_become_calls_that_are_joined_later() -> None:
    turn = record()
    wishes = (Wish(tool="echo_text", arguments={"text": "a"}), Wish(tool="echo_text"))
    found = await thought(turn, mind(Step(calls=wishes)))
    assert isinstance(found, list)
    assert [(one.index, one.step, one.tool) for one in found] == [
        (0, 0, "echo_text"), (1, 0, "echo_text"),
    ]  # fmt: skip
    step = turn.thought(0)
    assert step is not None
    assert [one.call_id for one in step.calls] == [one.id for one in found]
    assert turn.said is None


async def test_the_model_sees_the_turn_and_what_was_said_before() -> None:
    seen: list[Request] = []

    def script(request: Request) -> Step:
        seen.append(request)
        return Step(text="done")

    before = record("earlier", Said(text="so it was", outcome="answered"))
    unfinished = record("never answered")
    observed = Observed(step=0, index=0, call_id="c", tool="echo_text", ok=True, content="x")
    turn = record("now", Thought(step=0, model="m", text="hm"), observed)
    await thought(turn, mind(script=script), step=1, earlier=(before, unfinished))
    assert seen[0].exchanges == (
        UserSaid("earlier"),
        ModelSaid("so it was"),
        UserSaid("now"),
        ModelSaid("hm"),
        ToolSaid("c", "echo_text", True, "x"),
    )
    assert {spec.name for spec in seen[0].tools} == {"echo_text", "fail_always", "host_reboot"}


async def test_who_may_only_read_is_shown_no_more() -> None:
    seen: list[Request] = []

    def script(request: Request) -> Step:
        seen.append(request)
        return Step(text="done")

    await thought(record(profile="readonly"), mind(script=script))
    assert "host_reboot" not in {spec.name for spec in seen[0].tools}


@pytest.mark.parametrize(("ok", "outcome"), [(True, "answered"), (False, "failed")])
async def test_a_direct_call_needs_no_model(ok: bool, outcome: str) -> None:
    def script(_: Request) -> Step:
        raise AssertionError("no model is asked")

    turn = record(
        "!echo_text",
        Routed(way="direct", tier="flash"),
        Observed(step=0, index=0, call_id="c", tool="echo_text", ok=ok, content="the result"),
    )
    found = await thought(turn, mind(script=script), step=1)
    assert isinstance(found, Answer)
    assert turn.said is not None
    assert (turn.said.text, turn.said.outcome) == ("the result", outcome)


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        (Limits(steps=1), "I stopped after 1 steps"),
        (Limits(seconds=5), "I stopped after 5 seconds"),
        (Limits(tokens=100), "I stopped after 120 tokens"),
        (Limits(cost=2_500_000), "I stopped: this turn has cost 2.50 US dollars of 2.50"),
    ],
)
async def test_a_limit_is_told_plainly(limits: Limits, text: str) -> None:
    turn = TurnRecord(
        "t",
        (
            Asked(at=1, text="q", person="p", channel="c", chat="c", profile="full")
            if limits.seconds == 5
            else record().asked,
            Thought(step=0, model="m", usage=Usage(input=100, output=20, cost=2_500_000)),
        ),
    )
    found = await thought(turn, mind(), step=1, limits=limits)
    assert isinstance(found, Answer)
    assert found.outcome == "limited"
    assert turn.said is not None
    assert turn.said.text.startswith(text)
    assert turn.said.text.endswith("Ask me to go on if I should.")


async def test_what_a_person_spent_elsewhere_counts_before_a_model_is_asked() -> None:
    def script(_: Request) -> Step:
        raise AssertionError("no model is asked")

    turn = record()
    limits = Limits(caps=Caps(person=Spent(cost=1_000_000)))
    spent = Accounts(person=Spent(cost=1_020_000))
    found = await thought(turn, mind(script=script), limits=limits, accounts=spent)
    assert isinstance(found, Answer)
    assert found.outcome == "limited"
    assert turn.said is not None
    assert turn.said.text == (
        "I stopped: you have used 1.02 US dollars of 1.00 US dollars of today. It begins anew at"
        " midnight (UTC); the owner can raise agent.person.cost."
    )


async def test_more_calls_than_a_turn_may_have_are_not_begun() -> None:
    turn = record()
    wishes = (Wish(tool="echo_text"),) * 4
    found = await thought(turn, mind(Step(calls=wishes)), limits=Limits(calls=3))
    assert isinstance(found, Answer)
    assert found.outcome == "limited"
    assert turn.said is not None
    assert turn.said.text.startswith("I stopped before 4 tool calls; the limit for one turn is 3.")


async def test_who_goes_on_asking_for_what_is_not_allowed_is_ended() -> None:
    refused = [
        Observed(step=0, index=n, call_id=f"c{n}", tool="t", ok=False, content="", code="denied")
        for n in range(3)
    ]
    turn = record("q", Thought(step=0, model="m"), *refused)
    found = await thought(turn, mind(), step=1)
    assert isinstance(found, Answer)
    assert found.outcome == "limited"
    assert turn.said is not None
    assert turn.said.text.startswith("I stopped after 3 actions that were not allowed.")


async def test_the_first_circle_is_told_to_the_model_and_the_second_ends_the_turn() -> None:
    seen: list[Request] = []

    def script(request: Request) -> Step:
        seen.append(request)
        return Step(text="done")

    turn = record("q", *steps("a", "a", "a"))
    assert isinstance(await thought(turn, mind(script=script), step=3), Answer)
    last = seen[0].exchanges[-1]
    assert isinstance(last, ToolSaid)
    assert "going in circles: echo_text brought the same result 3 times" in last.content
    stubborn = record("q", *steps("a", "a", "a", "a"))
    found = await thought(stubborn, mind(script=script), step=4)
    assert isinstance(found, Answer)
    assert found.outcome == "limited"
    assert stubborn.said is not None
    assert "I went in circles: echo_text brought the same result 4 times" in stubborn.said.text
    assert len(seen) == 1


def test_within_the_limits_nothing_is_said() -> None:
    turn = record("q", Thought(step=0, model="m", usage=Usage(input=99)))
    assert Limits(steps=2, seconds=600, tokens=100).reached(turn, turn.asked.at) is None


def test_a_turn_that_is_sent_on_again_has_its_time_anew() -> None:
    """The owner may look at the desk a day later; the steps and tokens it had still count."""
    day = 86_400_000
    turn = record("q", Thought(step=0, model="m"), Redriven(at=day))
    turn = TurnRecord(
        "t", [one.model_copy(update={"at": 1}) if one is turn.asked else one for one in turn.known]
    )
    assert Limits(seconds=5).reached(turn, day + 4_000) is None
    assert "5 seconds" in str(Limits(seconds=5).reached(turn, day + 6_000))
    assert "1 steps" in str(Limits(steps=1).reached(turn, day))


def test_a_limit_of_time_counts_to_when_the_step_was_due() -> None:
    turn = record("q")
    limits = Limits(seconds=600)
    assert limits.reached(turn, turn.asked.at + 600_000) is None
    assert limits.reached(turn, turn.asked.at + 600_001) is not None


async def test_signed_parts_that_are_too_large_are_left_out() -> None:
    class Large(Several):
        async def stream(self, _: Request) -> AsyncGenerator[Delta]:
            yield Signed(Replay(provider="some", parts=({"signature": "s" * 100_001},)))

    turn = record()
    await thought(turn, Mind({"flash": Large()}, "flash"))
    step = turn.thought(0)
    assert step is not None
    assert step.replay is None
