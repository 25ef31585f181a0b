"""The `@stage` decorator: what a signature says, and what it must not."""

from __future__ import annotations

from typing import Any

import pytest

from processors.pipeline import STAGES
from schemas.chat import Admitted, Answer, Call, Think
from streams.record import TurnRecord
from streams.stage import stage, written


@stage(reads=7, lane="id")
async def decide(turn: Admitted, record: TurnRecord) -> Think | list[Call] | Answer | None:
    return None


def test_the_signature_is_the_topology() -> None:
    assert (decide.name, decide.topic, decide.batch, decide.lane) == ("decide", "route", 7, "id")
    assert decide.writes == (Think, Call, Answer)
    assert decide.needs == {"record": TurnRecord}
    assert not decide.sole


async def test_a_stage_is_called_like_its_function() -> None:
    turn = Admitted(id="a", trace="a", session="s", person="p", channel="c", turn="t")
    assert await decide(turn, TurnRecord("t")) is None


def test_what_is_no_message_is_refused() -> None:
    async def nothing() -> None: ...
    async def text(words: str) -> None: ...
    async def odd(turn: Admitted) -> str:
        return ""

    functions: list[Any] = [nothing, text, odd]
    for function in functions:
        with pytest.raises(TypeError, match="stage"):
            stage()(function)


@pytest.mark.parametrize(
    ("annotation", "classes"),
    [
        (None.__class__, ()),
        (Think, (Think,)),
        (Think | None, (Think,)),
        (list[Think | Call], (Think, Call)),
        (tuple[Think, ...], (Think,)),
        (Think | list[Think], (Think,)),
    ],
)
def test_every_way_to_name_messages(annotation: Any, classes: tuple[type, ...]) -> None:
    assert written(annotation, "x") == classes


def test_only_what_may_still_change_its_mind_is_stopped() -> None:
    """A stop that met the end of a turn, or its delivery, would leave the person without a word."""
    assert {one.name for one in STAGES if one.stoppable} == {"route", "think", "tool"}
    assert [one.name for one in STAGES if one.sole] == ["admit"]
