"""A snapshot and the events behind it: whenever it is taken, nothing is missing or doubled."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.feed import Stepped, Token
from tests.web.story import Deed, durable, live, shown, story
from web.fold import Board
from web.settled import Settled, unfinished

STEPS = st.lists(
    st.lists(st.text("ab ", min_size=1, max_size=3), min_size=1, max_size=4),
    min_size=1,
    max_size=3,
)


@settings(max_examples=300, deadline=None)
@given(st.data(), st.lists(STEPS, min_size=1, max_size=2))
def test_a_snapshot_at_any_moment_leads_to_the_same_picture(
    data: st.DataObject, stories: list[list[list[str]]]
) -> None:
    deeds: list[Deed] = []
    for number, steps in enumerate(stories):
        deeds += story(f"t{number}", steps, at=number)
    # The feed may lag behind what was done; the durable side is read after the feed.
    done = data.draw(st.integers(0, len(deeds)))
    arrived = data.draw(st.integers(0, len(live(deeds[:done]))))
    events = live(deeds)
    turns = durable(deeds[:done])
    settled = Settled(turns)
    board = Board("s", unfinished("s", turns, events[:arrived], settled))
    for event in events[arrived:]:
        if settled.passes(event):
            board.apply(event)
    whole = Board("s")
    for event in events:
        whole.apply(event)
    assert shown(board.turns) == shown(whole.turns) == shown(tuple(durable(deeds)))


def test_text_without_a_beginning_is_not_shown_until_it_begins_anew() -> None:
    turns = durable(story("t", [["one"]])[:2])
    settled = Settled(turns)
    lost = [Token(turn="t", step=0, text="end of something")]
    (turn,) = unfinished("s", turns, lost, settled)
    assert turn.steps == ()
    assert not settled.passes(Token(turn="t", step=0, text="more of it"))
    assert settled.passes(Stepped(turn="t", step=0, model="m"))
    assert settled.passes(Token(turn="t", step=0, text="all of it"))


def test_a_copy_goes_its_own_way() -> None:
    one = Settled(durable(story("t", [["one"]])[:2]))
    other = one.copy()
    one.passes(Stepped(turn="t", step=0, model="m"))
    assert not other.passes(Token(turn="t", step=0, text="x"))


def test_turns_that_are_long_gone_do_not_come_back_by_the_feed() -> None:
    old, new = story("old", [["a"]], at=1), story("new", [["b"]], at=2)
    turns = durable(new)
    found = unfinished("s", turns, live([*old, *new]), Settled(turns))
    assert [turn.id for turn in found] == ["new"]
