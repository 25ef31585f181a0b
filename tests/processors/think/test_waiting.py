"""Models that fail, and waiting for one: told, bounded, and not the turn's time."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from gateways.llm.base import (
    Delta,
    ModelSaid,
    Request,
)
from gateways.llm.scripted import Failure, Step
from processors.agent import prompt
from processors.agent.mind import Mind
from processors.agent.turns import Limits
from processors.memory.recall import Recall
from processors.think import think
from schemas.base import now_ms
from schemas.chat import Answer
from schemas.errors import Refused, Transient, Unavailable
from schemas.feed import Notice, Stepped, Token
from schemas.record import (
    Decided,
    Proposed,
    Replay,
)
from schemas.tools import Tier
from streams.record import History
from streams.spending import Spending
from tests.processors.asked import Files, Heard, due, mind, record, registry
from tests.processors.think.step import Several, thought


async def test_a_models_errors_are_the_stages_errors() -> None:
    for kind, error in (("transient", Transient), ("refused", Refused)):
        turn = record()
        failure = Failure.model_validate({"kind": kind, "message": "no"})
        with pytest.raises(error, match="no"):
            await thought(turn, mind(Step(text="half of it", error=failure)))
        assert turn.added == []


async def test_when_another_model_goes_on_the_person_is_told() -> None:
    turn, feed = record(), Heard()
    await thought(turn, Mind({"flash": Several()}, "flash"), feed=feed)
    step = turn.thought(0)
    assert step is not None
    assert (step.text, step.model) == ("whole", "second")
    assert step.notices == ("first is overloaded. Another model goes on.",)
    assert (step.usage.input, step.usage.cost) == (3, 11)
    assert [type(event) for event in feed.events] == [Stepped, Token, Stepped, Notice, Token]
    again = prompt.exchanges(turn, ())[1]
    assert isinstance(again, ModelSaid)
    assert again.replay == Replay(provider="some", parts=({"signature": "s"},))


class Nobody:
    """A model that is away."""

    name = "away"

    async def stream(self, _: Request) -> AsyncGenerator[Delta]:
        raise Unavailable("No model answers now.", retry_after=3)
        yield


async def test_while_nobody_answers_the_step_waits_and_the_person_is_told() -> None:
    turn, feed = record(), Heard()
    with pytest.raises(Unavailable) as caught:
        await thought(turn, Mind({"flash": Nobody()}, "flash"), feed=feed)
    assert caught.value.retry_after == 3
    assert turn.added == []
    (told,) = (event for event in feed.events if isinstance(event, Notice))
    assert (told.id, told.text) == ("t:waiting", "No model answers now. I keep trying.")


@pytest.mark.parametrize(
    ("asked", "due_at", "step", "patience", "waits"),
    [
        (3_700, 3_700, 0, 3_600, False),
        (3_500, 3_500, 0, 3_600, True),
        (3_700, 30, 0, 3_600, True),  # it waited behind others, and is tried for the first time
        (3_700, 70, 0, 3_600, False),
        (3_700, 70, 1, 3_600, True),  # it worked all that time
        (0, 0, 0, 0, False),
    ],
)
async def test_patience_has_an_end(
    asked: int, due_at: int, step: int, patience: float, waits: bool
) -> None:
    now = now_ms()
    turn = record("q", at=now - asked * 1000)
    waiting = due(step).model_copy(update={"at": now - due_at * 1000})
    given = (turn, History.of(()), Mind({"flash": Nobody()}, "flash"), registry())
    asking = think(
        waiting,
        *given,
        Limits(seconds=9e9, patience=patience),
        Heard(),
        Files({}),
        Spending.of(),
        Recall(),
    )
    if waits:
        with pytest.raises(Unavailable):
            await asking
        return
    found = await asking
    assert isinstance(found, Answer)
    assert found.outcome == "failed"
    assert turn.said is not None
    assert turn.said.text == "No model answers now. Please ask again later."


async def test_waiting_is_not_the_turns_time() -> None:
    turn = record("q", at=now_ms() - 3_000_000)
    old = due().model_copy(update={"at": now_ms() - 2_999_000})
    await think(
        old, turn, History.of(()), mind(Step(text="at last")), registry(), Limits(), Heard(),
        Files({}), Spending.of(), Recall(),
    )  # fmt: skip
    step = turn.thought(0)
    assert step is not None
    assert step.waited_ms >= 2_999_000
    assert Limits().reached(turn, now_ms()) is None


def test_waiting_for_a_persons_decision_is_not_the_turns_time() -> None:
    """Questions may overlap, and one may still be open."""

    def proposed(name: str, at: int) -> Proposed:
        return Proposed(
            at=at, approval=name, call_id=name, step=0, tool="t", tier=Tier.RED, binding="b",
            people=("owner",), expires_at=at + 900_000,
        )  # fmt: skip

    def decided(name: str, at: int) -> Decided:
        return Decided(at=at, approval=name, call_id=name, state="approved")

    turn = record(
        "q", proposed("a", 10_000), proposed("b", 20_000), decided("a", 300_000),
        decided("b", 400_000), proposed("c", 500_000), at=0,
    )  # fmt: skip
    assert Limits.used(turn, 900_000) == 10 + 100
