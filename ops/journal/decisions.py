"""What people were asked and what became of it, as the journal has it, newest first."""

from __future__ import annotations

from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ops.journal.tables import RECORD, journal
from schemas.approvals import ApprovalView
from schemas.record import Decided, Proposed, entries
from streams.cards import seen

BACK = 500_000
"""Rows that are looked through for one page, at most: requests are few among all that happens."""


async def decisions(
    connection: AsyncConnection, person: str, before: int | None, limit: int
) -> tuple[list[ApprovalView], int | None]:
    """Return the requests that are over and that somebody might have decided.

    Args:
        connection: to the journal.
        person: who.
        before: the row before which to look; from the end unless given.
        limit: how many at most.

    Returns:
        the requests, and the row where the next page begins; None where there is none.
    """
    top = before if before is not None else 1 + (await connection.scalar(select(_LAST)) or 0)
    wanted = (
        select(journal.c.seq, journal.c.turn, journal.c.session, journal.c.data)
        .where(journal.c.topic == RECORD, journal.c.kind == "decided")
        .where(journal.c.seq < top, journal.c.seq >= top - BACK)
        .order_by(journal.c.seq.desc())
    )
    rows = (await connection.execute(wanted.limit(limit))).all()
    asked = await _asked(connection, {row.turn for row in rows})
    found = []
    for row in rows:
        decided = _read(row.data)
        request = asked.get(decided.approval) if isinstance(decided, Decided) else None
        if isinstance(decided, Decided) and request is not None and person in request.people:
            found.append(seen(request, row.turn, row.session or "-", decided))
    if len(rows) == limit:
        return found, rows[-1].seq
    # Nothing more so far back; what is further back stands on a page of its own.
    return found, top - BACK if top - BACK > 1 else None


_LAST = func.max(journal.c.seq)


async def _asked(connection: AsyncConnection, turns: set[str | None]) -> dict[str, Proposed]:
    wanted = select(journal.c.data).where(
        journal.c.turn.in_(turns), journal.c.topic == RECORD, journal.c.kind == "proposed"
    )
    read = map(_read, await connection.scalars(wanted))
    return {one.approval: one for one in read if isinstance(one, Proposed)}


def _read(data: str) -> object:
    try:
        return entries.validate_json(data)
    except ValidationError:
        return None  # what a newer version, or a hand, has written is not shown
