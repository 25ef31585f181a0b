"""The conversations as the journal has them, newest first, also those Redis forgot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Row as Found
from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from ops.journal import search
from ops.journal.tables import RECORD, is_kind, journal
from schemas.errors import NotFound
from schemas.record import Entry, entries
from streams.recall import Recalled
from streams.tail import Seen

MOST = 1_000
"""Turns in one answer."""
NEAR = 20_000
"""Rows between a question and what came of it, at most."""
TOLD = 20
"""Earlier turns of a session that a model is told of, at most."""


@dataclass(frozen=True)
class Turn:
    """One turn in a list.

    Attributes:
        id: its id.
        session: its conversation.
        at: when it was asked, in milliseconds since 1970.
        person: who asked.
        channel: where.
        question: what was asked.
        answer: what was said; None while nothing was.
        outcome: how it ended.
        parent: the turn whose task it is.
        tasks: the turns that work for it, in the order in which they were handed on.
    """

    id: str
    session: str | None
    at: int
    person: str
    channel: str
    question: str
    answer: str | None
    outcome: str | None
    parent: str | None = None
    tasks: tuple[str, ...] = ()


class History:
    """Reads the journal.

    Args:
        engine: its database.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def turns(self, session: str | None = None, limit: int = 20) -> list[Turn]:
        """Return the last turns, newest first.

        Args:
            session: of this conversation only.
            limit: how many at most; never more than 1,000.
        """
        wanted = select(journal).where(is_kind("asked"))
        if session is not None:
            wanted = wanted.where(journal.c.session == session)
        wanted = wanted.order_by(journal.c.seq.desc()).limit(min(limit, MOST))
        async with self._engine.connect() as connection:
            asked = (await connection.execute(wanted)).all()
        return await self._told(asked)

    async def turn(self, turn: str) -> tuple[Entry, ...]:
        """Return the record of a turn.

        Raises:
            NotFound: nothing is written of it.
        """
        wanted = (
            select(journal.c.data)
            .where(journal.c.turn == turn, journal.c.topic == RECORD)
            .order_by(journal.c.position)
        )
        async with self._engine.connect() as connection:
            found = (await connection.scalars(wanted)).all()
        if not found:
            raise NotFound(f"The journal knows no turn {turn}.")
        return tuple(entries.validate_json(data) for data in found)

    async def messages(self, turn: str) -> list[tuple[str, str, dict[str, Any]]]:
        """Return (topic, entry id, message) of all that was sent for a turn, in that order."""
        wanted = (
            select(journal.c.topic, journal.c.entry, journal.c.data)
            .where(journal.c.turn == turn, journal.c.topic != RECORD)
            .order_by(journal.c.seq)
        )
        async with self._engine.connect() as connection:
            found = (await connection.execute(wanted)).all()
        return [(topic, entry, orjson.loads(data)) for topic, entry, data in found]

    async def recalled(self, turn: str) -> Recalled | None:
        """Return a turn with all that led to it; None if nothing is written of it."""
        async with self._engine.connect() as connection:
            mine = select(journal).where(journal.c.turn == turn).order_by(journal.c.seq)
            found = (await connection.execute(mine)).all()
            sent = [row for row in found if row.topic != RECORD]
            asked = next((row for row in found if row.kind == "asked"), None)
            route = next((row for row in sent if row.topic == "route"), None)
            if asked is None:
                return None
            if route is not None:
                sent += (await connection.execute(_question(turn, route.seq))).all()
            before = (await connection.scalars(_before(asked.session, asked.seq))).all()
        earlier = []
        for name in before:
            rows = await self._rows(name)
            earlier.append(rows)
            if any('"fresh":true' in row for row in rows):
                break  # from here on the model was told
        record = sorted((r for r in found if r.topic == RECORD), key=lambda r: r.position)
        return Recalled(
            tuple(row.data for row in record),
            tuple(_seen(row) for row in sent),
            tuple(reversed(earlier)),
        )

    async def _rows(self, turn: str) -> tuple[str, ...]:
        wanted = (
            select(journal.c.data)
            .where(journal.c.turn == turn, journal.c.topic == RECORD)
            .order_by(journal.c.position)
        )
        async with self._engine.connect() as connection:
            return tuple((await connection.scalars(wanted)).all())

    async def search(
        self,
        text: str,
        session: str | None = None,
        limit: int = 20,
        person: str | None = None,
        *,
        within: str = "",
        without: Sequence[str] = (),
    ) -> list[Turn]:
        """Return the last turns in which all these words were asked or said, newest first.

        Args:
            text: words, or parts of words.
            session: of this conversation only.
            limit: how many at most; never more than 1,000.
            person: asked by this person only.
            within: in conversations whose names begin so only.
            without: in none whose name begins with any of these.
        """
        where = search.Where(session, person, within, tuple(without))
        async with self._engine.connect() as connection:
            turns = await search.turns(connection, text, where, min(limit, MOST))
            wanted = (
                select(journal)
                .where(is_kind("asked"), journal.c.turn.in_(turns))
                .order_by(journal.c.seq.desc())
            )
            asked = (await connection.execute(wanted)).all()
        return await self._told(asked)

    async def _told(self, asked: Sequence[Found[Any]]) -> list[Turn]:
        """Put the answers and the tasks beside the questions."""
        wanted = (
            select(journal.c.turn, journal.c.kind, journal.c.data)
            .where(
                journal.c.turn.in_([row.turn for row in asked]),
                journal.c.topic == RECORD,
                journal.c.kind.in_(("said", "delegated")),
            )
            .order_by(journal.c.seq)
        )
        said: dict[str, dict[str, Any]] = {}
        tasks: dict[str, tuple[str, ...]] = {}
        async with self._engine.connect() as connection:
            for turn, kind, data in await connection.execute(wanted):
                if kind == "said":
                    said[turn] = _read(data)
                else:
                    tasks[turn] = (*tasks.get(turn, ()), str(_read(data).get("child", "")))
        return [_turn(row, said.get(row.turn), tasks.get(row.turn, ())) for row in asked]


def _question(turn: str, seq: int) -> Select[Any]:
    """Return the query for what was said on the inbox, which is written near what came of it."""
    return select(journal).where(
        journal.c.topic == "inbox",
        journal.c.seq.between(seq - NEAR, seq + NEAR),
        or_(
            journal.c.data.contains(f'"id":{orjson.dumps(turn).decode()}', autoescape=True),
            journal.c.entry == turn.removeprefix("producer-"),
        ),
    )


def _before(session: str | None, seq: int) -> Select[Any]:
    """Return the query for a session's turns before one, the newest first."""
    return (
        select(journal.c.turn)
        .where(is_kind("asked"), journal.c.session == session, journal.c.seq < seq)
        .order_by(journal.c.seq.desc())
        .limit(TOLD)
    )


def _seen(row: Found[Any]) -> Seen:
    others = {k.encode(): v.encode() for k, v in _read(row.fields or "{}").items()}
    return Seen(row.topic, row.entry, {b"data": row.data.encode(), **others})


def _turn(row: Found[Any], said: dict[str, Any] | None, tasks: tuple[str, ...]) -> Turn:
    asked = _read(row.data)
    parent = asked.get("parent")
    return Turn(
        id=row.turn,
        session=row.session,
        at=row.at,
        person=str(asked.get("person", "")),
        channel=str(asked.get("channel", "")),
        question=str(asked.get("text", "")),
        answer=str(said["text"]) if said and "text" in said else None,
        outcome=str(said["outcome"]) if said and "outcome" in said else None,
        parent=str(parent["path"][-1]["turn"]) if parent else None,
        tasks=tasks,
    )


def _read(data: str) -> dict[str, Any]:
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
