"""The way of one message: what waited, what worked, what a person was waited for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ops.flow.way import kin, way
from schemas.children import Budget, Parent, Place
from schemas.record import Asked, Decided, Delegated, Entry, Observed, Proposed, Thought
from schemas.tools import Tier


@dataclass(frozen=True)
class Hop:
    """A row of the journal."""

    topic: str
    entry: str
    at: int
    data: str = "{}"


def test_waiting_and_work_are_told_apart_by_the_record() -> None:
    hops = [
        Hop("inbox", "1-0", 1_000),
        Hop("think", "1-1", 1_010, json.dumps({"step": 0})),
        Hop("respond", "1-2", 2_000),
    ]
    record = [Thought(at=1_990, step=0, model="m", elapsed_ms=700.0)]
    inbox, think, respond = way(hops, record)
    assert (inbox.waited_ms, inbox.worked_ms, inbox.until) == (0, 10, 1_010)
    assert (think.waited_ms, think.worked_ms, think.until, think.what) == (280, 700, 1_990, "m")
    assert (respond.until, respond.worked_ms) == (None, 0)


def test_calls_that_run_side_by_side_have_times_of_their_own() -> None:
    hops = [
        Hop("tool", "1-0", 1_000, json.dumps({"id": "a"})),
        Hop("tool", "1-1", 1_000, json.dumps({"id": "b"})),
        Hop("think", "1-2", 45_000),
    ]
    seen: dict[str, Any] = {"step": 0, "tool": "docker_restart", "ok": True, "content": ""}
    record: list[Entry] = [
        Observed(at=1_300, index=0, call_id="a", elapsed_ms=250.0, **seen),
        Proposed(
            at=1_100, approval="p", call_id="b", step=0, tool="t", tier=Tier.ORANGE, binding="x",
            people=("anna",),
        ),
        Decided(at=42_100, approval="p", call_id="b", state="approved"),
        Observed(at=44_500, index=1, call_id="b", elapsed_ms=2_000.0, **seen),
    ]  # fmt: skip
    a, b, _ = way(hops, record)
    assert (a.until, a.waited_ms, a.worked_ms, a.what) == (1_300, 50, 250, "docker_restart")
    assert (b.asked_ms, b.worked_ms, b.waited_ms) == (41_000, 2_000, 500)


def test_clocks_that_disagree_make_no_negative_times() -> None:
    hops = [Hop("think", "1-0", 5_000, '{"step": 0}'), Hop("respond", "1-1", 5_100, "no json")]
    think, respond = way(hops, [Thought(at=4_000, step=0, model="m", elapsed_ms=900.0)])
    assert (think.waited_ms, think.asked_ms, think.worked_ms) == (0, 0, 0)
    assert respond.what == ""


def test_the_turns_beside_a_turn_are_named() -> None:
    place = Place(session="s", turn="above", step=0, call_id="c")
    first = Place(session="s", turn="first", step=0, call_id="b")
    who = {"person": "owner", "channel": "web", "chat": "c", "profile": "full"}
    parent = Parent(path=(first, place), budget=Budget(steps=1, seconds=1, tokens=1, calls=1))
    asked = Asked(text="do it", parent=parent, **who)  # type: ignore[arg-type]
    tasks = [
        Delegated(call_id=name, step=0, child=f"child-{name}", session=f"task-{name}")
        for name in "ab"
    ]
    assert kin((asked, *tasks)) == ("above", ("child-a", "child-b"))
    assert kin((asked.model_copy(update={"parent": None}),)) == (None, ())
