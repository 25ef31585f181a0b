"""Every event of the agent's stream has an id of its own, and one goes on behind each of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from schemas.feed import LiveEvent, Stepped, Token
from schemas.web import AnswerView, CallView, Snapshot, StepView, Turn
from streams.feeds import Position
from web.agent_events import Known, Teller
from web.frames import Frame, of_model

PLACE = "01EPOCH.7-0"


def call(number: int, state: Any = "done") -> CallView:
    return CallView(
        call_id=f"c{number}", tool="time_now", tier="GREEN", arguments={}, state=state,
        content="" if state == "running" else "noon",
    )  # fmt: skip


def turn(*steps: StepView, over: bool = False) -> Turn:
    answer = AnswerView(text="It is noon.", outcome="answered", at=1) if over else None
    state: Any = "done" if over else "working"
    return Turn(
        id="t", session="s", at=0, question="q", state=state, steps=steps, answer=answer
    )  # fmt: skip


def two_calls(*states: str) -> StepView:
    calls = tuple(call(number, state) for number, state in enumerate(states))
    return StepView(step=0, model="m", text="Let me look.", calls=calls)


def snapshot(shown: Turn, cursor: str = PLACE) -> Frame:
    model = Snapshot(session="s", title="", cursor=cursor, turns=(shown,))
    return of_model("s", "snapshot", model, cursor)


def told(frame: Frame, last: str = "") -> list[tuple[str, str, dict[str, Any]]]:
    """Return the id, the name and what is said of each event that a client gets."""
    found = []
    for block in Teller("t", Known.of(last)).encode([frame]).decode().split("\n\n")[:-1]:
        head, name, data = (line.partition(": ")[2] for line in block.split("\n"))
        found.append((head, name, json.loads(data)))
    return found


def what(events: list[tuple[str, str, dict[str, Any]]]) -> list[tuple[str, Any, Any]]:
    return [
        (name, said.get("step"), said.get("call_id") or said["text"]) for _, name, said in events
    ]


def test_events_of_a_snapshot_have_ids_of_their_own() -> None:
    steps = (two_calls("done", "running"), StepView(step=1, text="It ", done=False))
    events = told(snapshot(turn(*steps)))
    ids = [one for one, _, _ in events]
    assert len({*ids}) == len(ids) == 7
    assert ids[0] == f"{PLACE}.1"
    assert all(one.startswith(f"{PLACE}.") for one in ids)


def test_who_goes_on_behind_any_of_them_misses_nothing() -> None:
    """The turn has gone on meanwhile, as it may: nothing of it is told at another place."""
    was = turn(two_calls("running", "done"))
    whole = turn(two_calls("done", "done"), StepView(step=1, text="It is noon."), over=True)
    events = told(snapshot(was))
    every = what(told(snapshot(whole)))
    for number, (last, _, _) in enumerate(events, 1):
        rest = what(told(snapshot(whole, "01EPOCH.9-0"), last))
        first = what(events[:number])
        assert {*first, *rest} == {*every}
        # Only what had no certain place, the result behind a call that ran, is told once more.
        again = [one for one in rest if one in first]
        assert again in ([], [("observation", 0, "c1")])
    last = events[-2][0]
    assert what(told(snapshot(whole), last))[0] == ("observation", 0, "c0")


def test_a_step_that_was_being_written_begins_anew() -> None:
    events = told(snapshot(turn(StepView(step=0, text="It ", done=False))))
    (_, _, rest) = told(snapshot(turn(StepView(step=0, text="It is", done=False))), events[-1][0])[
        0
    ]
    assert (rest["begins"], rest["text"]) == (True, "")


@pytest.mark.parametrize("steps", [(), (StepView(step=0, text="It is noon."),)])
def test_the_end_has_an_id_behind_which_nothing_comes(steps: tuple[StepView, ...]) -> None:
    whole = turn(*steps, over=True)
    last, name, _ = told(snapshot(whole))[-1]
    assert (last, name) == (f"{PLACE}.end", "final_answer")
    teller = Teller("t", Known.of(last))
    assert teller.over
    assert teller.encode([snapshot(whole)]) == b""


@pytest.mark.parametrize(("last", "more"), [("", ["thinking"] * 2), (PLACE, [])])
def test_a_step_that_went_by_unseen_is_told_before_the_end(last: str, more: list[str]) -> None:
    """The turn may be over between the snapshot and the look whether it is."""
    steps = (two_calls("done"), StepView(step=1, text="It is noon."))
    teller = Teller("t", Known.of(last))
    first = [] if last else [snapshot(turn(steps[0]))]
    before = teller.encode(first).decode()
    end = teller.encode([of_model("s", "turn", turn(*steps, over=True))]).decode()
    names = [line[7:] for line in end.splitlines() if line.startswith("event: ")]
    assert names == [*more, "final_answer"]
    ids = [line for line in (before + end).splitlines() if line.startswith("id: ")]
    assert len({*ids}) == len(ids)


def test_events_of_the_feed_keep_their_place() -> None:
    events: tuple[LiveEvent, ...] = (
        Stepped(turn="t", step=0, model="m"),
        Token(turn="t", step=0, text="It"),
    )
    for number, event in enumerate(events):
        cursor = f"01EPOCH.{number}-0"
        data = event.model_dump_json().encode()
        frame = Frame("s", event.type, data, cursor, Position(number, 0), event)
        assert [one for one, _, _ in told(frame)] == [cursor]
        assert Known.of(cursor) == Known(cursor=cursor)


@pytest.mark.parametrize(
    "last", ["", "x", "..", "e.1-1.", "e.1-1.x", "e.1-1.-3", "e.1-1.٣", "a.b.c.d"]
)
def test_an_id_that_is_none_begins_anew(last: str) -> None:
    assert (Known.of(last).told, Known.of(last).over) == (0, False)
