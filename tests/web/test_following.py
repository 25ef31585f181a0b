"""One call is followed to its end: each question and each new piece of output is told once."""

from __future__ import annotations

import asyncio

from schemas.approvals import ApprovalState, ApprovalView
from schemas.feed import Approval, Called, Finished, LiveEvent, ObservedLive, Printed
from schemas.tools import Tier
from schemas.web import Snapshot, Turn
from web.fold import Board
from web.following import Following
from web.frames import Frame, of_model
from web.outlet import Outlet

CALLED = Called(turn="t", call_id="c", tool="shell_run", tier="ORANGE", arguments={})
OVER = Finished(turn="t", id="t:0", part=0, parts=1, text="Done.", outcome="answered")


class Hears:
    """Who is told."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.asked: list[str] = []

    async def says(self, text: str) -> None:
        self.said.append(text)

    async def asks(self, request: ApprovalView) -> None:
        self.asked.append(request.id)


def asks(state: ApprovalState = "pending", name: str = "a") -> Approval:
    view = ApprovalView(
        id=name, call_id="c", turn="t", session="s", tool="shell_run", tier=Tier.ORANGE,
        state=state, command="true", asked_at=1, expires_at=2,
    )  # fmt: skip
    return Approval(turn="t", approval=view)


def printed(text: str, turn: str = "t") -> Printed:
    return Printed(turn=turn, call_id="c", text=text, size=len(text))


def live(event: LiveEvent) -> Frame:
    return Frame("s", event.type, b"{}", event=event)


def whole(*events: LiveEvent) -> Turn:
    board = Board("s")
    for event in events:
        board.apply(event)
    return board.turns[0]


async def followed(*rounds: list[Frame]) -> Hears:
    """Follow the turn while these frames come in, a list at a time; it must be over then."""
    hears, outlet = Hears(), Outlet()
    following = asyncio.ensure_future(Following("t", hears).over(outlet))
    for frames in rounds:
        assert not following.done()
        outlet.put_all(frames)
        for _ in range(5):
            await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await following
    return hears


async def test_each_question_and_each_new_output_is_told_once() -> None:
    found = await followed(
        [live(CALLED), live(asks())],
        [live(asks())],
        [live(asks("approved"))],
        [live(printed("one"))],
        [live(printed("one"))],
        [live(printed("one two"))],
        [live(asks("pending", "b"))],
        [live(OVER)],
    )
    assert found.asked == ["a", "b"]
    assert found.said == ["one", "one two"]


async def test_other_turns_are_none_of_its_business() -> None:
    other = OVER.model_copy(update={"turn": "u"})
    called = CALLED.model_copy(update={"turn": "u"})
    found = await followed(
        [live(called), live(printed("theirs", "u"))], [live(other)], [live(OVER)]
    )
    assert (found.said, found.asked) == ([], [])


async def test_what_was_missed_is_in_the_snapshot_and_in_the_turn_as_a_whole() -> None:
    missed = whole(CALLED, asks())
    snapshot = Snapshot(session="s", title="", cursor="", turns=(missed,))
    found = await followed(
        [of_model("s", "snapshot", snapshot)],
        [of_model("s", "turn", whole(CALLED, asks("approved"), printed("later")))],
        [of_model("s", "turn", whole(CALLED, printed("x"), OVER).model_copy(update={"id": "u"}))],
        [of_model("s", "turn", whole(CALLED, OVER))],
    )
    assert found.asked == ["a"]
    assert found.said == ["later"]


async def test_the_result_of_a_call_is_no_output_while_it_runs() -> None:
    result = ObservedLive(
        turn="t", call_id="c", tool="shell_run", ok=True, content="all of it", elapsed_ms=1
    )
    found = await followed([live(CALLED), live(result)], [live(OVER)])
    assert found.said == []
