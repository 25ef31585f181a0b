"""What becomes of a conversation, event by event: the rule by which a browser shows it.

The same rule makes the unfinished part of a snapshot, and tells which of the events behind a
snapshot are older than what it shows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from schemas.feed import (
    Approval,
    AskedLive,
    Called,
    Finished,
    LiveEvent,
    Notice,
    ObservedLive,
    Printed,
    Queued,
    Stepped,
    Token,
)
from schemas.web import AnswerView, CallView, StepView, Turn
from web.turns import waits


class Board:
    """The turns of one conversation, as far as the events tell them.

    Args:
        session: the conversation.
        turns: what is known to begin with, oldest first.
    """

    def __init__(self, session: str, turns: Iterable[Turn] = ()) -> None:
        self._session = session
        self._turns = {turn.id: turn for turn in turns}
        self._parts: defaultdict[str, dict[int, str]] = defaultdict(dict)

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The turns, oldest first."""
        return tuple(self._turns.values())

    def get(self, turn: str) -> Turn | None:
        """Return one turn."""
        return self._turns.get(turn)

    def replace(self, turn: Turn) -> None:
        """Take a whole turn in place of what is known of it."""
        self._turns[turn.id] = turn

    def apply(self, event: LiveEvent) -> None:
        """Take one event."""
        turn = self._turns.get(event.turn) or Turn(
            id=event.turn, session=self._session, at=event.at, question="", state="queued"
        )
        match event:
            case AskedLive():
                said = {"question": event.text, "attachments": event.attachments, "at": event.at}
                turn = turn.model_copy(update=said)
            case Queued():
                turn = turn.model_copy(update={"state": "queued", "behind": event.behind})
            case Stepped():
                step = StepView(step=event.step, model=event.model, done=False)
                turn = _working(_with_step(turn, step))
            case Token():
                step = _step(turn, event.step)
                what = "thinking" if event.thinking else "text"
                more = {what: getattr(step, what) + event.text}
                turn = _working(_with_step(turn, step.model_copy(update=more)))
            case Called():
                turn = _working(_with_call(turn, event))
            case Approval():
                turn = _asked(turn, event)
            case Printed():
                turn = _printed(turn, event)
            case ObservedLive():
                turn = _working(_observed(turn, event))
            case Notice():
                if event.text not in turn.notices:
                    turn = turn.model_copy(update={"notices": (*turn.notices, event.text)})
            case Finished():
                turn = self._finished(turn, event)
        self._turns[event.turn] = turn

    def _finished(self, turn: Turn, event: Finished) -> Turn:
        parts = self._parts[turn.id]
        parts[event.part] = event.text
        text = "\n".join(parts[number] for number in sorted(parts))
        answer = AnswerView(text=text, outcome=event.outcome, at=event.at)
        if len(parts) < event.parts:
            return turn.model_copy(update={"answer": answer})
        del self._parts[turn.id]
        ended = tuple(one.model_copy(update={"done": True}) for one in turn.steps)
        return turn.model_copy(
            update={"answer": answer, "state": "done", "behind": None, "steps": ended}
        )


def merged(events: Iterable[LiveEvent]) -> Iterator[LiveEvent]:
    """Return the same events with neighbouring pieces of one text as one piece."""
    pieces: list[Token] = []
    for event in events:
        if isinstance(event, Token) and (not pieces or _same_text(event, pieces[-1])):
            pieces.append(event)
            continue
        yield from _joined(pieces)
        pieces = [event] if isinstance(event, Token) else []
        if not pieces:
            yield event
    yield from _joined(pieces)


def _same_text(one: Token, other: Token) -> bool:
    return (one.turn, one.step, one.thinking) == (other.turn, other.step, other.thinking)


def _joined(pieces: list[Token]) -> Iterator[Token]:
    if pieces:
        yield pieces[0].model_copy(update={"text": "".join(one.text for one in pieces)})


def _working(turn: Turn) -> Turn:
    state = "waiting" if waits(turn.steps) else "working"
    if turn.state in {state, "done"}:
        return turn
    return turn.model_copy(update={"state": state, "behind": None})


def _step(turn: Turn, number: int) -> StepView:
    known = (step for step in turn.steps if step.step == number)
    return next(known, StepView(step=number, done=False))


def _with_step(turn: Turn, new: StepView) -> Turn:
    others = [step for step in turn.steps if step.step != new.step]
    steps = sorted((*others, new), key=lambda step: step.step)
    return turn.model_copy(update={"steps": tuple(steps)})


def _with_call(turn: Turn, event: Called) -> Turn:
    step = _step(turn, event.step)
    call = CallView(
        call_id=event.call_id,
        tool=event.tool,
        tier=event.tier,
        arguments=event.arguments,
        state="running",
        task=event.task,
    )
    calls = {one.call_id: one for one in step.calls}
    if call.call_id in calls:
        # It goes on, after a person decided or a task was done.
        before = calls[call.call_id]
        known = {"approval": before.approval, "task": call.task or before.task}
        call = call.model_copy(update=known)
    calls[call.call_id] = call
    return _with_step(turn, step.model_copy(update={"done": True, "calls": tuple(calls.values())}))


def _asked(turn: Turn, event: Approval) -> Turn:
    step = _step(turn, event.step)
    about = event.approval
    calls = tuple(
        call.model_copy(update={"approval": about}) if call.call_id == about.call_id else call
        for call in step.calls
    )
    return _working(_with_step(turn, step.model_copy(update={"calls": calls})))


def _printed(turn: Turn, event: Printed) -> Turn:
    """A call that runs shows what it has written; one that has ended shows its result."""
    step = _step(turn, event.step)
    calls = tuple(
        call.model_copy(update={"content": event.text})
        if call.call_id == event.call_id and call.state == "running"
        else call
        for call in step.calls
    )
    return _with_step(turn, step.model_copy(update={"calls": calls})) if step.calls else turn


def _observed(turn: Turn, event: ObservedLive) -> Turn:
    step = _step(turn, event.step)
    brought = {"state": event.state, "content": event.content, "elapsed_ms": event.elapsed_ms}
    calls = tuple(
        call.model_copy(update=brought) if call.call_id == event.call_id else call
        for call in step.calls
    )
    return _with_step(turn, step.model_copy(update={"calls": calls}))
