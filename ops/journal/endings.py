"""How what rules did came to its end, as the journal has it: no second book is kept of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from pydantic import ValidationError
from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ops.journal.firings import Firing
from ops.journal.tables import RECORD, journal
from schemas.chat import Reply
from schemas.desk import DeadLetter
from schemas.events import Ended, LastView

MOST_LETTERS = 1_000
"""Letters that are looked through for an event that could not be sent, from the end."""
LONGEST = 500
"""Characters of what was said at the end."""


async def endings(connection: AsyncConnection, fired: Sequence[Firing]) -> dict[str, LastView]:
    """Return how the last thing that each rule did ended, by the rule's name.

    Args:
        connection: to the journal.
        fired: what rules did, newest first.
    """
    last: dict[str, Firing] = {}
    for one in fired:
        last.setdefault(one.rule, one)
    rows = await _rows(connection, [one.turn for one in last.values() if one.turn])
    replies = _replies(row.data for row in rows if row.topic == "outbox")
    asked = Counter(row.turn for row in rows if row.kind == "proposed")
    decided = Counter(row.turn for row in rows if row.kind == "decided")
    letters = await _letters(connection, {one.order for one in last.values() if one.order})

    def end(one: Firing) -> tuple[Ended, str]:
        if one.turn in replies:
            return replies[one.turn].outcome, replies[one.turn].text
        if one.turn:
            return "waits" if asked[one.turn] > decided[one.turn] else "running", ""
        if one.order in letters:
            return "failed", letters[one.order]
        return "sent" if one.order else "told", ""

    def view(one: Firing) -> LastView:
        outcome, says = end(one)
        return LastView(
            at=one.at, on=one.on, event=one.event, turn=one.turn,
            outcome=outcome, says=says[:LONGEST],
        )  # fmt: skip

    return {rule: view(one) for rule, one in last.items()}


async def _rows(connection: AsyncConnection, turns: Sequence[str]) -> Sequence[Any]:
    if not turns:
        return ()
    questions = and_(journal.c.topic == RECORD, journal.c.kind.in_(("proposed", "decided")))
    wanted = (
        select(journal.c.topic, journal.c.turn, journal.c.kind, journal.c.data)
        .where(journal.c.turn.in_(turns))
        .where(or_(journal.c.topic == "outbox", questions))
        .order_by(journal.c.seq)
    )
    return (await connection.execute(wanted)).all()


def _replies(rows: Iterable[str]) -> dict[str, Reply]:
    """Return the first part of each turn's answer: whatever ends a turn, there is one."""
    found: dict[str, Reply] = {}
    for data in rows:
        try:
            reply = Reply.model_validate_json(data)
        except ValidationError:
            continue  # what a newer version has written says nothing here
        found.setdefault(reply.turn, reply)
    return found


async def _letters(connection: AsyncConnection, orders: set[str]) -> dict[str, str]:
    """Return why orders to forward lie at the desk, by where they stood on their topic."""
    if not orders:
        return {}
    wanted = select(journal.c.data).where(journal.c.topic == "dead")
    chosen = wanted.order_by(journal.c.seq.desc()).limit(MOST_LETTERS)
    found: dict[str, str] = {}
    for data in await connection.scalars(chosen):
        try:
            letter = DeadLetter.model_validate(orjson.loads(data))
        except (ValidationError, ValueError):
            continue
        if letter.source == "forward" and letter.entry in orders:
            found[letter.entry] = letter.text
    return found
