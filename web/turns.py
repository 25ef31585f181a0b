"""A turn as people see it, made from its record."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from processors.respond import worded
from schemas.approvals import ApprovalView
from schemas.children import TurnPlace
from schemas.errors import NotFound
from schemas.record import Decided, Delegated, Observed, Proposed, Routed, Thought, ToolCall, Usage
from schemas.web import AnswerView, CallView, Spent, StepView, Turn
from streams.cards import seen
from streams.conversation import Told
from streams.record import TurnRecord

SHOWN = 2_000
"""Characters of a tool's result in a list of turns; one turn alone is shown with all of it."""

UNSAID = "This could not be finished; what is left of it lies at the dead-letter desk."
"""The answer of a turn that ended without one."""

TierOf = Callable[[str], str]
"""Says how dangerous a tool is."""


def view(told: Told, session: str, tier_of: TierOf, *, shown: int = SHOWN) -> Turn:
    """Return a turn as people see it.

    Args:
        told: what is known of it.
        session: its conversation.
        tier_of: how dangerous a tool is.
        shown: characters of a tool's result.

    Raises:
        NotFound: its question is not known.
    """
    record = TurnRecord(told.turn, told.record)
    if told.asked is None:
        raise NotFound(f"The record of turn {told.turn} is gone.")
    asked, said = told.asked, record.said
    state = {"waiting": "queued", "running": "working", "over": "done"}[told.state]
    shown_steps = steps(record, tier_of, shown, session)
    if state == "working" and waits(shown_steps):
        state = "waiting"
    parent = asked.parent.path[-1] if asked.parent is not None else None
    answer = None
    if state == "done":
        answer = AnswerView(text=UNSAID, outcome="failed", at=record.entries[-1].at)
        if said is not None:
            answer = AnswerView(text=worded(record, said), outcome=said.outcome, at=said.at)
    return Turn(
        id=told.turn,
        session=session,
        at=asked.at,
        question=asked.text,
        attachments=asked.attachments,
        state=state,  # type: ignore[arg-type] # one of the four above
        behind=told.behind,
        steps=shown_steps,
        answer=answer,
        waited_ms=max(0, record.routed.at - asked.at) if record.routed else 0,
        usage=spent(record.usage),
        # A model that is away is met by every step; whoever reads was told by the first.
        notices=tuple(
            dict.fromkeys(text for thought in record.of(Thought) for text in thought.notices)
        ),
        parent=TurnPlace(session=parent.session, turn=parent.turn) if parent else None,
    )


def waits(found: Iterable[StepView]) -> bool:
    """Whether a person is asked about any call."""
    calls = (call for step in found for call in step.calls if call.state == "running")
    return any(call.approval is not None and call.approval.state == "pending" for call in calls)


def steps(
    record: TurnRecord, tier_of: TierOf, shown: int, session: str = ""
) -> tuple[StepView, ...]:
    """Return the steps that are done, with their calls."""
    known = {one.call_id: one for one in record.of(Observed)}
    asked = approvals(record, session)
    tasks = {
        one.call_id: TurnPlace(session=one.session, turn=one.child) for one in record.of(Delegated)
    }

    def viewed(call: ToolCall) -> CallView:
        return _call(call, known, tier_of, shown).model_copy(
            update={"approval": asked.get(call.call_id), "task": tasks.get(call.call_id)}
        )

    found: list[StepView] = []
    for entry in record.entries:
        if isinstance(entry, Routed) and entry.calls:
            calls = (viewed(call) for call in entry.calls)
            found.append(StepView(step=0, calls=tuple(calls)))
        elif isinstance(entry, Thought):
            calls = (viewed(call) for call in entry.calls)
            found.append(
                StepView(
                    step=entry.step,
                    model=entry.model,
                    thinking=entry.thinking,
                    text=entry.text,
                    calls=tuple(calls),
                )
            )
    return tuple(found)


def approvals(record: TurnRecord, session: str) -> dict[str, ApprovalView]:
    """Return what a person was asked last about each call, by the call's id."""
    decided = {one.approval: one for one in record.of(Decided)}
    return {
        one.call_id: seen(one, record.turn, session, decided.get(one.approval))
        for one in record.of(Proposed)
    }


def spent(usage: Usage) -> Spent:
    """Return what it took, the money in dollars."""
    return Spent(
        input=usage.input,
        output=usage.output,
        cached=usage.cached,
        cost_usd=usage.cost / 1_000_000,
    )


def spoken(record: TurnRecord) -> str:
    """Return all that was said aloud in a turn: the words before a tool call, then the answer."""
    said = record.said
    if said is None:
        return ""
    before = [thought.text for thought in record.of(Thought) if thought.text and thought.calls]
    return "\n\n".join([*before, worded(record, said)])


def _call(call: ToolCall, seen: dict[str, Observed], tier_of: TierOf, shown: int) -> CallView:
    observed = seen.get(call.call_id)
    return CallView(
        call_id=call.call_id,
        tool=call.tool,
        tier=tier_of(call.tool),
        arguments=call.arguments,
        state=observed.state if observed else "running",
        content=observed.content[:shown] if observed else "",
        elapsed_ms=observed.elapsed_ms if observed else 0.0,
    )
