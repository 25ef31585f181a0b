"""Tool: run one call; the last one of a step lets the turn think on."""

from __future__ import annotations

import asyncio
import time

from processors.agent.turns import find_call
from processors.tools.registry import Registry
from processors.tools.tiers import Situation
from schemas.chat import Call, Think
from schemas.errors import NotFound
from schemas.feed import Called, ObservedLive
from schemas.record import Observed, ToolCall
from schemas.tools import Tier, ToolResult, ToolSpec
from streams.effects import Effects
from streams.live import LiveFeed
from streams.record import TurnRecord
from streams.stage import stage

SHOWN = 2_000
"""Characters of a result on the live feed; the record has all of it."""
LARGEST = 200_000
"""Bytes of an entry with its structure; beyond it the text alone is kept."""
UNSURE = frozenset({"timeout", "bug"})
"""How a run ends that may have changed something all the same."""


@stage(reads=16, commit="settle", lane="id")
async def tool(
    call: Call, record: TurnRecord, tools: Registry, effects: Effects, feed: LiveFeed
) -> Think:
    """Run one tool call. What it brought back is an observation, a failure too."""
    wish = find_call(record, call.id)
    if wish is None:
        raise NotFound(f"The record of turn {call.turn} has no call {call.id}.")
    feed.send(
        call.session,
        Called(
            turn=call.turn,
            step=call.step,
            call_id=call.id,
            tool=wish.tool,
            tier=tools.tier(wish.tool),
            arguments=wish.arguments,
        ),
    )
    observed = await _observe(call, wish, record, tools, effects)
    if len(observed.model_dump_json().encode()) > LARGEST:
        observed = observed.model_copy(update={"data": None})
    record.add(observed)
    feed.send(
        call.session,
        ObservedLive(
            turn=call.turn,
            step=call.step,
            call_id=call.id,
            tool=wish.tool,
            ok=observed.ok,
            state=observed.state,
            content=observed.content[:SHOWN],
            elapsed_ms=observed.elapsed_ms,
        ),
    )
    step = call.step + 1
    return Think.after(
        call, id=f"{call.turn}:think:{step}", turn=call.turn, step=step, tier=call.tier
    )


async def _observe(
    call: Call, wish: ToolCall, record: TurnRecord, tools: Registry, effects: Effects
) -> Observed:
    asked = record.asked
    if not tools.permits(wish.tool, asked.profile, person=asked.person, channel=asked.channel):
        return _refused(call, wish, "forbidden", f"You may not use a tool named {wish.tool}.")
    spec = tools.get(wish.tool)
    if spec.tier > Tier.YELLOW:
        text = f"{wish.tool} needs a person's decision, and nobody can be asked yet."
        return _refused(call, wish, "needs_approval", text)
    found = tools.assess(
        wish.tool, wish.arguments, Situation(asked.profile, asked.channel, asked.person)
    )
    if found.code is not None:
        why = "; ".join(found.reasons)
        return _refused(call, wish, found.code, f"{wish.tool} does not run: {why}.")
    if found.tier > Tier.YELLOW:
        text = f"This call of {wish.tool} needs a person's decision, and nobody can be asked yet."
        return _refused(call, wish, "needs_approval", text)
    if spec.effect == "none":
        began = time.perf_counter()
        return _observed(call, wish, await tools.run(wish.tool, wish.arguments), began)
    return await _change(call, wish, spec, record, tools, effects)


async def _change(  # noqa: PLR0917 - all that a change depends on
    call: Call,
    wish: ToolCall,
    spec: ToolSpec,
    record: TurnRecord,
    tools: Registry,
    effects: Effects,
) -> Observed:
    """Run a call that changes something, as far as the ledger allows."""
    began = time.perf_counter()
    begun = await effects.begin(call.id, spec.effect)
    if begun.kept is not None:
        return begun.kept
    if begun.verdict == "unknown":
        return _unknown(call, wish, began)
    if begun.verdict == "probe":
        found = await tools.run(wish.tool, wish.arguments, call.id, probe=True)
        if found.ok:
            return _observed(call, wish, found, began, changed=True)
        if found.code != "not_done":
            return _unknown(call, wish, began)
    try:
        result = await tools.run(wish.tool, wish.arguments, call.id)
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
    )


def _refused(call: Call, wish: ToolCall, code: str, text: str) -> Observed:
    return _observed(call, wish, ToolResult(ok=False, code=code, text=text), time.perf_counter())


def _unknown(call: Call, wish: ToolCall, began: float, why: str = "") -> Observed:
    text = f"Unknown outcome: {wish.tool} stopped mid-way; look before you retry. {why}".strip()
    observed = _observed(call, wish, ToolResult(ok=False, code="unknown", text=text), began)
    return observed.model_copy(update={"effect": "unknown"})
