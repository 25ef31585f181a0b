"""Tool: run one call; the last one of a step lets the turn think on."""

from __future__ import annotations

import time

from processors.agent.turns import find_call
from processors.tools.registry import Registry
from schemas.chat import Call, Think
from schemas.errors import NotFound
from schemas.feed import Called, ObservedLive
from schemas.record import Observed
from schemas.tools import ToolResult
from streams.live import LiveFeed
from streams.record import TurnRecord
from streams.stage import stage

SHOWN = 2_000
"""Characters of a result on the live feed; the record has all of it."""
LARGEST = 200_000
"""Characters of an entry with its structure; beyond it the text alone is kept."""


@stage(reads=16, commit="settle", lane="id")
async def tool(call: Call, record: TurnRecord, tools: Registry, feed: LiveFeed) -> Think:
    """Run one tool call. What it brought back is an observation, a failure too."""
    wish = find_call(record, call.id)
    if wish is None:
        raise NotFound(f"The record of turn {call.turn} has no call {call.id}.")
    feed.send(
        call.session,
        Called(turn=call.turn, call_id=call.id, tool=wish.tool, arguments=wish.arguments),
    )
    began = time.perf_counter()
    if tools.permits(wish.tool, record.asked.profile):
        result = await tools.run(wish.tool, wish.arguments)
    else:
        result = ToolResult(
            ok=False, code="forbidden", text=f"You may not use a tool named {wish.tool}."
        )
    elapsed = round((time.perf_counter() - began) * 1000, 1)
    observed = Observed(
        step=call.step,
        index=call.index,
        call_id=call.id,
        tool=wish.tool,
        ok=result.ok,
        content=result.text,
        data=result.data,
        elapsed_ms=elapsed,
    )
    if len(observed.model_dump_json()) > LARGEST:
        observed = observed.model_copy(update={"data": None})
    record.add(observed)
    feed.send(
        call.session,
        ObservedLive(
            turn=call.turn,
            call_id=call.id,
            tool=wish.tool,
            ok=result.ok,
            content=result.text[:SHOWN],
            elapsed_ms=elapsed,
        ),
    )
    step = call.step + 1
    return Think.after(
        call, id=f"{call.turn}:think:{step}", turn=call.turn, step=step, tier=call.tier
    )
