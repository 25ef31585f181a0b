"""What becomes of a conversation, event by event."""

from __future__ import annotations

from schemas.children import TurnPlace
from schemas.feed import Called, Finished, Notice, ObservedLive, Printed, Queued, Stepped, Token
from tests.web.story import live, shown, story
from web.fold import Board, merged


def board(*events: object) -> Board:
    found = Board("s")
    for event in events:
        found.apply(event)  # type: ignore[arg-type]
    return found


def test_a_step_that_begins_again_is_forgotten_first() -> None:
    begun = Stepped(turn="t", step=0, model="m")
    half, whole = (Token(turn="t", step=0, text=text) for text in ("Hel", "Hello"))
    (turn,) = board(begun, half, begun, whole).turns
    assert [step.text for step in turn.steps] == ["Hello"]
    assert not turn.steps[0].done


def test_thoughts_and_words_are_kept_apart() -> None:
    begun = Stepped(turn="t", step=0, model="m")
    pieces = [Token(turn="t", step=0, text=t, thinking=t.isupper()) for t in ("A", "b", "C", "d")]
    (turn,) = board(begun, *pieces).turns
    assert (turn.steps[0].thinking, turn.steps[0].text) == ("AC", "bd")


def test_a_running_call_shows_what_it_writes_until_it_has_a_result() -> None:
    def printed(text: str) -> Printed:
        return Printed(turn="t", step=0, call_id="c", text=text, size=len(text))

    called = Called(turn="t", call_id="c", tool="x", tier="GREEN", arguments={})
    found = board(called, printed("one"), printed("one two"))
    (call,) = found.turns[0].steps[0].calls
    assert (call.state, call.content) == ("running", "one two")
    found.apply(ObservedLive(turn="t", call_id="c", tool="x", ok=True, content="all", elapsed_ms=1))
    found.apply(printed("late"))
    (call,) = found.turns[0].steps[0].calls
    assert (call.state, call.content) == ("done", "all")
    assert board(printed("of a call that nobody knows")).turns[0].steps == ()


def test_a_queued_turn_works_once_it_begins() -> None:
    found = board(Queued(turn="t", behind=2))
    assert (found.turns[0].state, found.turns[0].behind) == ("queued", 2)
    found.apply(Stepped(turn="t", step=0, model="m"))
    assert (found.turns[0].state, found.turns[0].behind) == ("working", None)


def test_an_answer_is_over_with_its_last_part_and_a_repeat_replaces_it() -> None:
    def part(number: int, text: str) -> Finished:
        return Finished(
            turn="t", id=f"t:{number}", part=number, parts=2, text=text, outcome="answered"
        )

    found = board(part(0, "one"), part(0, "One"))
    assert found.turns[0].state != "done"
    found.apply(part(1, "two"))
    (turn,) = found.turns
    assert turn.answer is not None
    assert (turn.state, turn.answer.text) == ("done", "One\ntwo")


def test_a_call_names_the_turn_that_works_for_it() -> None:
    called = Called(turn="t", call_id="c", tool="subagent_delegate", arguments={})
    task = TurnPlace(session="task-1", turn="1")
    (turn,) = board(called, called.model_copy(update={"task": task}), called).turns
    assert [call.task for call in turn.steps[0].calls] == [task]


def test_a_notice_that_is_repeated_is_shown_once() -> None:
    notice = Notice(turn="t", id="n", text="Another model answers.")
    assert board(notice, notice).turns[0].notices == ("Another model answers.",)


def test_pieces_may_be_merged_before() -> None:
    events = live(story("t", [["a", "b", "c"], ["d", "e"]]))
    few = list(merged(events))
    assert len(few) == len(events) - 3
    assert shown(board(*few).turns) == shown(board(*events).turns)
