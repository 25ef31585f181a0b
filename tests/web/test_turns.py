"""A turn as people see it, from its record."""

from __future__ import annotations

from schemas.record import Asked, Thought
from streams.conversation import Told
from web.turns import view

AWAY = "a cannot be reached. Another model goes on."
BUSY = "b is overloaded (529). Another model goes on."


def test_what_each_step_met_is_told_once_in_a_turn() -> None:
    asked = Asked(text="q", person="owner", channel="web", chat="c", profile="full")
    met = [(AWAY, BUSY), (AWAY,), (BUSY,)]
    thoughts = [Thought(step=n, model="c", text="", notices=each) for n, each in enumerate(met)]
    turn = view(Told("t", (asked, *thoughts), "running"), "s", lambda _: "GREEN")
    assert turn.notices == (AWAY, BUSY)
