"""What became of a tool that was called by name, read from the record of its turn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from schemas.errors import Invalid
from schemas.execution import Blocked, Executed, Going
from schemas.record import Decided, Observed, Proposed
from schemas.tools import Tier
from streams.record import TurnRecord

LONGEST = 190_000
"""Bytes of a call as it is said; a message may have 200,000 characters."""


def words(tool: str, arguments: Mapping[str, Any]) -> str:
    """Return what a person would say to call a tool; the pipeline takes it from there.

    Args:
        tool: its name.
        arguments: plain JSON.

    Raises:
        Invalid: they are too large to be said.
    """
    said = f"!{tool} {orjson.dumps(arguments).decode()}"
    if len(said.encode()) > LONGEST:
        raise Invalid(f"The arguments take more than {LONGEST} bytes.")
    return said


def outcome(record: TurnRecord) -> Executed | Blocked | Going:
    """Return what a directly named call came to.

    Args:
        record: of its turn; how far it is, is part of the answer.
    """
    observed = next(iter(record.of(Observed)), None)
    if observed is not None:
        return _blocked(observed) or Executed(
            turn=record.turn,
            call_id=observed.call_id,
            tool=observed.tool,
            tier=observed.tier,
            ok=observed.ok,
            state=observed.state,
            code=observed.code,
            content=observed.content,
            data=observed.data,
            undo=observed.undo,
            elapsed_ms=observed.elapsed_ms,
        )
    said = record.said
    if said is not None:
        # It was not even called: nobody knows the tool, a limit was reached, or it was stopped.
        return Blocked(reason=said.text, tier=Tier.BLACK)
    decided = {one.approval for one in record.of(Decided)}
    asked = next((one for one in record.of(Proposed) if one.approval not in decided), None)
    if asked is None:
        return Going(turn=record.turn, state="working")
    return Going(
        turn=record.turn,
        state="awaiting",
        approval=asked.approval,
        tool=asked.tool,
        tier=asked.tier,
        command=asked.command,
        expires_at=asked.expires_at,
    )


def _blocked(observed: Observed) -> Blocked | None:
    data = observed.data
    if observed.ok or not isinstance(data, dict) or data.get("blocked") is not True:
        return None
    return Blocked(reason=str(data["reason"]), tier=data["tier"])
