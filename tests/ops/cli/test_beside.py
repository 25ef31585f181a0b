"""What a pipe is told beside the answer, and when."""

from __future__ import annotations

from typing import Any

import pytest

from ops.cli.beside import Beside
from ops.cli.conversation import Ended
from schemas.feed import Notice, Queued, Token

RULES = "No model answered: this comes from the rules of the server."
TOLD = "a is overloaded (529). Another model goes on."


def ended(model: str, *notices: str) -> Ended:
    about: dict[str, Any] = {"turn": "t", "session": "s", "tools": [], "elapsed_ms": 1.0}
    return Ended(
        answer="It is noon.", outcome="answered", model=model, notices=list(notices), **about
    )


@pytest.mark.parametrize(
    ("model", "notices", "lines"),
    [("rules", [], []), ("b", [TOLD, TOLD], [TOLD]), ("rules", [TOLD], [TOLD, RULES])],
)
def test_a_pipe_hears_that_no_model_gave_the_answer(
    model: str, notices: list[str], lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    Beside().end(ended(model, *notices))
    assert capsys.readouterr().err.splitlines() == lines


def test_it_hears_at_once_why_it_waits_and_each_reason_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    beside = Beside()
    waits = "No model answers now: a cannot be reached. I keep trying."
    for _ in range(2):
        beside.event(Notice(turn="t", id="t:waiting", text=waits))
    beside.event(Token(turn="t", step=0, text="It"))
    beside.tick()
    assert capsys.readouterr().err.splitlines() == [waits]
    beside.event(Notice(turn="t", id="t:0-1", text=TOLD))
    beside.end(ended("b", TOLD))
    out = capsys.readouterr()
    assert (out.out, out.err.splitlines()) == ("", [TOLD])


def test_it_hears_that_others_of_the_conversation_come_first(
    capsys: pytest.CaptureFixture[str],
) -> None:
    beside = Beside()
    for behind, asking in ((2, True), (1, False), (1, False)):
        beside.event(Queued(turn="t", behind=behind, asking=asking))
    assert capsys.readouterr().err.splitlines() == [
        "It waits behind 2 other messages of this conversation, the first of them for a decision.",
        "It waits behind another message of this conversation.",
    ]
