"""What was done: a row for every tool call that ran, or was not allowed to, newest first."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from ops.journal.tables import RECORD, journal
from schemas.record import Observed, entries

MOST = 1_000
"""Rows in one answer."""


@dataclass(frozen=True)
class Action:
    """One call.

    Attributes:
        seq: its row in the journal, which the chain seals.
        at: when it ended, in milliseconds since 1970.
        person: in whose name; None in older records.
        tool: what.
        tier: how dangerous it was, with its arguments; None in older records.
        digest: the SHA-256 of its arguments; None in older records.
        result: `done`, `failed`, `unknown`; or `blocked`, if it did not run.
        code: why it failed or was blocked, in a stable word.
        turn: its turn, where all of it can be read.
    """

    seq: int
    at: int
    person: str | None
    tool: str
    tier: str | None
    digest: str | None
    result: str
    code: str | None
    turn: str | None


async def actions(engine: AsyncEngine, limit: int, person: str | None = None) -> list[Action]:
    """Return the last calls, newest first.

    Args:
        engine: the journal's database.
        limit: how many at most; never more than 1,000.
        person: of this person only.
    """
    wanted = (
        select(journal.c.seq, journal.c.turn, journal.c.data)
        .where(journal.c.topic == RECORD, journal.c.kind == "observed")
        .order_by(journal.c.seq.desc())
    )
    found: list[Action] = []
    async with engine.connect() as connection, connection.stream(wanted) as rows:
        async for seq, turn, data in rows:
            action = _action(seq, turn, data)
            if action is not None and person in {None, action.person}:
                found.append(action)
            if len(found) >= min(limit, MOST):
                break
    return found


def _action(seq: int, turn: str | None, data: str) -> Action | None:
    try:
        observed = entries.validate_json(data)
    except ValidationError:
        return None  # too large to be written whole; `nexus history` shows what there is
    if not isinstance(observed, Observed):
        return None
    blocked = isinstance(observed.data, dict) and observed.data.get("blocked") is True
    return Action(
        seq=seq,
        at=observed.at,
        person=observed.person,
        tool=observed.tool,
        tier=str(observed.tier) if observed.tier is not None else None,
        digest=observed.digest,
        result="blocked" if blocked and not observed.ok else observed.state,
        code=observed.code,
        turn=turn,
    )
