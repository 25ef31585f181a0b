"""What a snapshot shows in its last form: events behind it that are older than that are dropped.

A snapshot takes its place in the feed first and looks at the durable side afterwards, so that
nothing is missed between. What happened between the two is in both; a piece of text would then be
read twice.
"""

from __future__ import annotations

from collections.abc import Iterable

from schemas.feed import (
    Approval,
    AskedLive,
    Called,
    Finished,
    LiveEvent,
    ObservedLive,
    Printed,
    Queued,
    Stepped,
    Token,
)
from schemas.web import Turn
from web.fold import Board, merged


class Settled:
    """What is settled in a snapshot.

    Args:
        turns: as the durable side has them.
    """

    def __init__(self, turns: Iterable[Turn] = ()) -> None:
        known = list(turns)
        self._over = {turn.id for turn in known if turn.state == "done"}
        self._begun = {turn.id for turn in known if turn.state != "queued"}
        self._steps = {(turn.id, step.step) for turn in known for step in turn.steps}
        self._calls = {
            call.call_id
            for turn in known
            for step in turn.steps
            for call in step.calls
            if call.state != "running"
        }
        self._decided = {
            call.approval.id
            for turn in known
            for step in turn.steps
            for call in step.calls
            if call.approval is not None and call.approval.state != "pending"
        }
        self._open: set[tuple[str, int]] = set()

    def copy(self) -> Settled:
        """Return the same for another client: each goes on at its own pace."""
        other = Settled()
        other._over, other._begun, other._steps = self._over, self._begun, self._steps
        other._calls, other._open = self._calls, set(self._open)
        other._decided = self._decided
        return other

    def passes(self, event: LiveEvent) -> bool:
        """Whether an event says something new."""
        if event.turn in self._over:
            return isinstance(event, Finished)
        match event:
            case Queued():
                new = event.turn not in self._begun
            case Stepped():
                self._open.add((event.turn, event.step))
                new = (event.turn, event.step) not in self._steps
            case Token():
                # Text whose beginning is not known here is no use: it would be glued to nothing.
                place = (event.turn, event.step)
                new = place in self._open and place not in self._steps
            case Approval():
                about = event.approval
                old = about.state == "pending" and about.id in self._decided
                new = about.call_id not in self._calls and not old
            case Called() | Printed() | ObservedLive():
                new = event.call_id not in self._calls
            case _:
                new = True
        return new


def unfinished(
    session: str, turns: Iterable[Turn], events: Iterable[LiveEvent], settled: Settled
) -> tuple[Turn, ...]:
    """Return the turns with what the feed tells of them beyond the durable side.

    Args:
        session: the conversation.
        turns: as the durable side has them, oldest first.
        events: what the feed has kept up to the snapshot's place, oldest first.
        settled: of these turns; learns which steps have begun.
    """
    known = tuple(turns)
    board = Board(session, known)
    forgotten = known[0].at if known else 0
    for event in merged(events):
        if isinstance(event, Finished) or not settled.passes(event):
            continue
        # A turn that only the feed knows was just admitted, or was over long ago.
        new = isinstance(event, AskedLive) and event.at >= forgotten
        if new or board.get(event.turn) is not None:
            board.apply(event)
    return board.turns
