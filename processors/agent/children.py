"""Tasks for subagents: what a turn that works for another is given, and what it gives back.

A subagent is an ordinary turn of a conversation of its own. What it may do is what its parent may,
narrowed by the tools it was given; what it uses is a share of what its parent has left; what
untrusted text it reads taints its parent too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from processors.agent.turns import NOT_ALLOWED, Limits, brought, reports, waited
from processors.tools.output import capped
from processors.tools.tiers import Situation, within
from schemas.base import now_ms
from schemas.chat import Admitted, Call, Outcome
from schemas.children import Budget, Parent, Place
from schemas.record import (
    Asked,
    Delegated,
    Observed,
    Redriven,
    Reported,
    Returned,
    Thought,
    ToolCall,
)
from schemas.tools import ToolSpec
from streams.record import TurnRecord

NAME = "subagent_delegate"
"""The tool that hands a task on."""
SESSION = "task-"
"""Before the name of the conversation of a task."""
SECONDS = 0.75
"""The share of a turn's time that its tasks may take: they run beside each other."""
TOO_MANY = "no more tasks may be handed on in this turn"

ENDS: dict[Outcome, str] = {
    "failed": "The subagent failed",
    "stopped": "The subagent was stopped",
    "limited": "The subagent came to its limit",
    "refused": "The subagent could not do it",
}
SILENT = "The subagent ended without a word; what is left of it lies at the dead-letter desk."


@dataclass(frozen=True, slots=True)
class Handed:
    """A task that can begin: the note of its parent, its question, and its first message."""

    delegated: Delegated
    asked: Asked
    admitted: Admitted


def too_deep(record: TurnRecord, limits: Limits) -> bool:
    """Whether a turn may hand no task on."""
    parent = record.asked.parent
    return (len(parent.path) if parent else 0) >= limits.depth


def given(record: TurnRecord, specs: Iterable[ToolSpec], limits: Limits) -> tuple[ToolSpec, ...]:
    """Return those tools that a turn was given; a task that is deep enough hands nothing on."""
    parent = record.asked.parent
    allow = parent.allow if parent else ()
    deep = too_deep(record, limits)
    return tuple(
        one for one in specs if within(one.name, allow) and not (deep and one.name == NAME)
    )


def share(record: TurnRecord, step: int, limits: Limits) -> Budget | None:
    """Return what one task of a step may use; None where too little is left.

    The tasks of a step and its parent have equal parts of what is left, of time all most of it.

    Args:
        record: the parent's turn so far.
        step: the step that hands tasks on.
        limits: the parent's.
    """
    thought, used = record.thought(step), report(record)
    wished = sum(call.tool == NAME for call in thought.calls) if thought else 1
    parts = wished + 1
    found = Budget(
        steps=max(0, limits.steps - used.steps) // parts,
        seconds=max(0.0, limits.seconds - limits.used(record, now_ms())) * SECONDS,
        tokens=max(0, limits.tokens - used.tokens) // parts,
        calls=max(0, limits.calls - used.calls) // parts,
        cost=max(0, limits.cost - used.cost) // parts if limits.cost else 0,
    )
    little = min(found.steps, found.seconds, found.tokens) < 1 or (limits.cost and not found.cost)
    return None if little else found


def hand(
    call: Call, wish: ToolCall, record: TurnRecord, situation: Situation, budget: Budget
) -> Handed:
    """Return the task of a call. The same call at the same point is the same task.

    Args:
        call: the message that is handled.
        wish: what the model wished.
        record: the turn so far.
        situation: what happened in it.
        budget: the task's share.
    """
    asked, again = record.asked, len(record.of(Redriven))
    name = sha256(f"{call.id}\n{again}\ntask".encode()).hexdigest()[:32]
    session, above = f"{SESSION}{name}", asked.parent
    place = Place(session=call.session, turn=call.turn, step=call.step, call_id=call.id)
    given: list[str] = wish.arguments.get("tools") or []
    parent = Parent(
        path=(*(above.path if above else ()), place),
        allow=(*(above.allow if above else ()), *((tuple(given),) if given else ())),
        budget=budget,
        tainted=situation.tainted,
        acted=situation.acted,
    )
    who: dict[str, Any] = {"person": call.person, "channel": call.channel}
    return Handed(
        Delegated(call_id=call.id, step=call.step, child=name, session=session),
        Asked(
            text=wish.arguments["task"],
            chat=asked.chat,
            profile=asked.profile,
            tier=asked.tier,
            session=session,
            parent=parent,
            **who,
        ),
        Admitted(id=f"{name}:turn", trace=call.trace, session=session, turn=name, **who),
    )


def report(record: TurnRecord, text: str = "", outcome: Outcome = "answered") -> Reported:
    """Return what a task came to.

    Args:
        record: its turn, with its answer.
        text: its answer, as a person would read it.
        outcome: how it ended.
    """
    observed, done = record.of(Observed), reports(record)
    thoughts = record.of(Thought)
    began = record.routed.at if record.routed else record.asked.at
    did = [one.tool for one in observed if one.effect in {"done", "unknown"}]
    return Reported(
        outcome=outcome,
        text=capped(text),
        used=tuple(
            dict.fromkeys(
                [*(one.tool for one in observed), *(tool for one in done for tool in one.used)]
            )
        ),
        did=(*did, *(tool for one in done for tool in one.did)),
        steps=len(thoughts) + sum(one.steps for one in done),
        calls=sum(len(one.calls) for one in thoughts) + sum(one.calls for one in done),
        refused=sum(one.code in NOT_ALLOWED for one in observed) + sum(one.refused for one in done),
        tokens=record.usage.total + sum(one.tokens for one in done),
        cost=record.usage.cost + sum(one.cost for one in done),
        waited_ms=waited(record, began, now_ms()),
        tainted=brought(record),
    )


def returned(call: Call, record: TurnRecord) -> Returned | None:
    """Return what came of the task that a call goes on from."""
    found = (one for one in record.of(Returned) if one.child == call.child)
    return next((one for one in found if one.call_id == call.id), None)


def told(found: Returned) -> tuple[str | None, str]:
    """Return why a task failed, in a stable word, or None; and what the model is told."""
    what = found.reported
    if what is None:
        return "failed", SILENT
    if what.outcome == "answered":
        return None, what.text
    return what.outcome, f"{ENDS[what.outcome]}: {what.text}"
