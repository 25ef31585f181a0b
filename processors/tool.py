"""Tool: run one call; the last one of a step lets the turn think on."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from processors.agent import children
from processors.agent.children import Handed
from processors.agent.turns import Limits, digest_of, find_call
from processors.tools import approvals
from processors.tools.registry import Registry
from processors.tools.telling import Telling
from processors.tools.tiers import Situation
from schemas.approvals import Card
from schemas.chat import Admitted, Call, Think
from schemas.children import TurnPlace
from schemas.errors import Expected, NotFound
from schemas.feed import AskedLive, Called, ObservedLive
from schemas.record import Delegated, Observed, Proposed, ToolCall
from schemas.tools import Assessed, Tier, ToolResult, ToolSpec
from streams.effects import Effects, Unasked
from streams.live import LiveFeed
from streams.record import TurnRecord
from streams.stage import stage

SHOWN = 2_000
"""Characters of a result on the live feed; the record has all of it."""
LARGEST = 200_000
"""Bytes of an entry with its structure; beyond it the text alone is kept."""
TOO_MANY = "too many questions wait for a decision, or were put or refused within ten minutes"
UNSURE = frozenset({"timeout", "bug", "stopped"})
"""How a run ends that may have changed something all the same."""


@stage(reads=32, commit="settle", lane="id")
async def tool(  # noqa: PLR0917 - what a stage needs is named in its signature
    call: Call,
    record: TurnRecord,
    tools: Registry,
    effects: Effects,
    feed: LiveFeed,
    limits: Limits,
) -> Think | list[Admitted | Card | Think]:
    """Run one tool call, ask a person first, or hand a task on. What comes of it is an observation,
    a no too."""
    wish = find_call(record, call.id)
    if wish is None:
        raise NotFound(f"The record of turn {call.turn} has no call {call.id}.")
    situation = approvals.situation(record, tools)
    assessed = tools.assess(wish.tool, wish.arguments, situation)
    called = Called(
        turn=call.turn,
        step=call.step,
        call_id=call.id,
        tool=wish.tool,
        tier=str(assessed.tier),
        arguments=wish.arguments,
    )
    feed.send(call.session, called)
    step = call.step + 1
    on = Think.after(
        call, id=f"{call.turn}:think:{step}", turn=call.turn, step=step, tier=call.tier
    )
    with Telling(feed, call) as hear:
        found: Observed | Proposed | Handed | None = _returned(call, wish, assessed, record)
        found = found or await _observe(call, wish, assessed, record, tools, effects, hear)
    if found is None:
        found = _handed(call, wish, assessed, record, situation, limits.now().of(record))
    if isinstance(found, Handed):
        record.add(found.asked)
        record.add(found.delegated)
        record.add(_blocked(call, wish, assessed, "too_many", children.TOO_MANY))
        admitted = found.admitted
        place = TurnPlace(session=admitted.session, turn=admitted.turn)
        feed.send(call.session, called.model_copy(update={"task": place}))
        feed.send(admitted.session, AskedLive(turn=admitted.turn, text=found.asked.text))
        return [admitted, on]
    if isinstance(found, Proposed):
        record.add(found)
        record.add(_blocked(call, wish, assessed, "too_many", TOO_MANY))
        return [_card(call, found, record), on]
    record.add(_bounded(found))
    feed.send(
        call.session,
        ObservedLive(
            turn=call.turn,
            step=call.step,
            call_id=call.id,
            tool=wish.tool,
            ok=found.ok,
            state=found.state,
            content=found.content[:SHOWN],
            elapsed_ms=found.elapsed_ms,
        ),
    )
    return on


def _returned(
    call: Call, wish: ToolCall, assessed: Assessed, record: TurnRecord
) -> Observed | None:
    """What came of the task that the call waited for; None where it waited for none."""
    if call.child is None:
        return None
    found = children.returned(call, record)
    if found is None:
        raise NotFound(f"The record of turn {call.turn} has no result of the task {call.child}.")
    code, text = children.told(found)
    observed = _observed(
        call, wish, ToolResult(ok=code is None, code=code, text=text), time.perf_counter()
    )
    begun = next((one for one in record.of(Delegated) if one.child == call.child), found)
    took = float(max(0, found.at - begun.at))
    return observed.model_copy(update={"tier": assessed.tier, "elapsed_ms": took})


def _handed(  # noqa: PLR0917 - all that a task depends on
    call: Call,
    wish: ToolCall,
    assessed: Assessed,
    record: TurnRecord,
    situation: Situation,
    limits: Limits,
) -> Handed | Observed:
    """The task of a call that may be handed on."""
    if children.too_deep(record, limits):
        why = "a task may be handed on no deeper than this"
        return _blocked(call, wish, assessed, "too_deep", why)
    budget = children.share(record, call.step, limits)
    if budget is None:
        return _blocked(call, wish, assessed, "limited", "too little is left of this turn's limits")
    return children.hand(call, wish, record, situation, budget)


async def _observe(  # noqa: PLR0917 - all that a call depends on
    call: Call,
    wish: ToolCall,
    assessed: Assessed,
    record: TurnRecord,
    tools: Registry,
    effects: Effects,
    hear: Telling,
) -> Observed | Proposed | None:
    """What came of a call; the question where a person must be asked; None for a task."""
    outcome = approvals.outcome(call, record)
    if outcome is not None and outcome[1].state != "approved":
        state = outcome[1].state
        return _blocked(call, wish, assessed, state, approvals.WHY[state])
    if assessed.tier == Tier.BLACK:
        why = "; ".join(assessed.reasons)
        return _blocked(call, wish, assessed, assessed.code or "forbidden", why)
    if assessed.tier > Tier.YELLOW:
        return await _with_a_yes(call, wish, assessed, record, tools, effects, hear)
    return await _run(call, wish, assessed, record, tools, effects, hear)


async def _with_a_yes(  # noqa: PLR0917 - all that a call depends on
    call: Call,
    wish: ToolCall,
    assessed: Assessed,
    record: TurnRecord,
    tools: Registry,
    effects: Effects,
    hear: Telling,
) -> Observed | Proposed | None:
    """Run what a person said yes to, now or for longer; else the question to them."""
    outcome = approvals.outcome(call, record)
    try:
        identity = await tools.identify(wish.tool, wish.arguments)
    except Expected as error:
        return _blocked(call, wish, assessed, error.code, tools.shown(str(error)))
    if outcome is not None and approvals.stands(outcome[0], wish, tools, assessed):
        other = approvals.replaced(outcome[0], identity)
        if not other:
            return await _run(call, wish, assessed, record, tools, effects, hear)
        why = f"{other} is not what it was when the person was asked"
        return _blocked(call, wish, assessed, "changed", why)
    asked = approvals.propose(call, wish, record, tools, assessed, identity)
    if outcome is None and asked.grant and await effects.granted(call.id, asked.grant):
        with suppress(Unasked):  # it was taken back just now
            return await _run(call, wish, assessed, record, tools, effects, hear, asked.grant)
    refused = approvals.refused(asked, record)
    return _blocked(call, wish, assessed, *refused) if refused else asked


async def _run(  # noqa: PLR0917 - all that a run depends on
    call: Call,
    wish: ToolCall,
    assessed: Assessed,
    record: TurnRecord,
    tools: Registry,
    effects: Effects,
    hear: Telling,
    grant: str | None = None,
) -> Observed | None:
    """Run it; None for a task, which another turn runs."""
    if wish.tool == children.NAME:
        return None
    spec = tools.get(wish.tool)
    if spec.effect == "none":
        began = time.perf_counter()
        who = approvals.asker(call, record, tools)
        run = tools.run(wish.tool, wish.arguments, tell=hear, person=who)
        found = _observed(call, wish, await run, began)
    else:
        found = await _change(call, wish, spec, record, tools, effects, hear, grant)
    return found.model_copy(update={"tier": assessed.tier, "grant": grant})


def _card(call: Call, asked: Proposed, record: TurnRecord) -> Card:
    return Card.after(
        call,
        id=f"{asked.approval}:pending",
        turn=call.turn,
        approval=asked.approval,
        call_id=call.id,
        chat=record.asked.chat,
    )


async def _change(  # noqa: PLR0917 - all that a change depends on
    call: Call,
    wish: ToolCall,
    spec: ToolSpec,
    record: TurnRecord,
    tools: Registry,
    effects: Effects,
    hear: Telling,
    grant: str | None,
) -> Observed:
    """Run a call that changes something, as far as the ledger allows."""
    began, who = time.perf_counter(), approvals.asker(call, record, tools)
    begun = await effects.begin(call.id, spec.effect, call.approval or "", grant)
    if begun.kept is not None:
        return begun.kept
    if begun.verdict == "unknown":
        return _unknown(call, wish, began)
    if begun.verdict == "probe":
        found = await tools.run(wish.tool, wish.arguments, call.id, probe=True, person=who)
        if found.ok:
            return _observed(call, wish, found, began, changed=True)
        if found.code != "not_done":
            return _unknown(call, wish, began)
    try:
        result = await tools.run(wish.tool, wish.arguments, call.id, tell=hear, person=who)
    except asyncio.CancelledError:
        # Stopped in the middle: what is known of it is that nobody knows.
        record.add(_unknown(call, wish, began))
        raise
    if not result.ok and result.code in UNSURE:
        return _unknown(call, wish, began, result.text)
    return _observed(call, wish, result, began, changed=True)


def _observed(
    call: Call, wish: ToolCall, result: ToolResult, began: float, *, changed: bool = False
) -> Observed:
    return Observed(
        step=call.step,
        index=call.index,
        call_id=call.id,
        tool=wish.tool,
        ok=result.ok,
        content=result.text,
        data=result.data,
        elapsed_ms=round((time.perf_counter() - began) * 1000, 1),
        effect=("done" if result.ok else "failed") if changed else None,
        code=None if result.ok else result.code,
        undo=result.undo,
        person=call.person,
        digest=digest_of(wish.arguments),
        tainted=result.tainted,
    )


def _blocked(call: Call, wish: ToolCall, assessed: Assessed, code: str, why: str) -> Observed:
    """What did not run, and why; the model is told, once."""
    tier = str(assessed.tier)
    about = {"blocked": True, "reason": why, "tier": tier}
    text = f"Blocked: {wish.tool} ({tier}) did not run, because {why}."
    result = ToolResult(ok=False, code=code, text=text, data=about)
    found = _observed(call, wish, result, time.perf_counter())
    return found.model_copy(update={"tier": assessed.tier})


def _bounded(observed: Observed) -> Observed:
    if len(observed.model_dump_json().encode()) <= LARGEST:
        return observed
    return observed.model_copy(update={"data": None})


def _unknown(call: Call, wish: ToolCall, began: float, why: str = "") -> Observed:
    text = f"Unknown outcome: {wish.tool} stopped mid-way; look before you retry. {why}".strip()
    observed = _observed(call, wish, ToolResult(ok=False, code="unknown", text=text), began)
    return observed.model_copy(update={"effect": "unknown"})
