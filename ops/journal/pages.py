"""The journal as the web door reads it: pages of a conversation, and who began which."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Select, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ops.journal import database, decisions, endings, firings
from ops.journal.reader import History, Turn
from ops.journal.tables import RECORD, is_kind, journal
from ops.keyring import keyring
from ops.settings import Settings
from processors.events.rules import Rule
from schemas.approvals import ApprovalView
from schemas.errors import Transient
from schemas.events import LastView
from schemas.flow import Asking
from schemas.record import Asked, Entry, Thought, entries
from streams.allowances import REDRIVEN as TOPICS


class Unwritten(Transient):
    """The journal cannot be read now."""

    code = "journal_away"


SHOWN = 200
"""Characters of a question in a list."""
MOST_HOPS = 1_000


@dataclass(frozen=True, slots=True)
class Hop:
    """An entry of a topic: which, where, when it was put there, and what it says, as JSON."""

    topic: str
    entry: str
    at: int
    data: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question in the order in which it was written down.

    Attributes:
        seq: its row.
        session: its conversation.
        asked: who, where, what and when.
    """

    seq: int
    session: str
    asked: Asked


class Pages:
    """Reads the journal.

    Args:
        settings: where it is.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._where = database.address(settings)
        self._engine: AsyncEngine = database.connect(self._where)

    async def close(self) -> None:
        """Let go of the database."""
        await self._engine.dispose()

    async def before(
        self, session: str, turn: str | None, limit: int
    ) -> list[tuple[str, tuple[Entry, ...]]]:
        """Return the records of a session's turns before one, or of its last ones.

        Args:
            session: which conversation.
            turn: where the page before ended; one that is not written yet is newer than all.
            limit: how many.

        Returns:
            (turn, record), the newest first.

        Raises:
            Unwritten: the journal cannot be read now.
        """
        wanted = select(journal.c.turn).where(is_kind("asked"), journal.c.session == session)
        async with self._reading() as connection:
            if turn is not None:
                at = select(journal.c.seq).where(is_kind("asked"), journal.c.turn == turn)
                seq = await connection.scalar(at.where(journal.c.session == session))
                if seq is not None:
                    wanted = wanted.where(journal.c.seq < seq)
            chosen = wanted.order_by(journal.c.seq.desc()).limit(limit)
            turns = [one for one in await connection.scalars(chosen) if one is not None]
            return [(one, _read(await connection.scalars(_record(one)))) for one in turns]

    async def record(self, session: str, turn: str) -> tuple[Entry, ...]:
        """Return a turn's record if it is of this session; nothing otherwise.

        Raises:
            Unwritten: the journal cannot be read now.
        """
        async with self._reading() as connection:
            wanted = _record(turn).where(journal.c.session == session)
            return _read(await connection.scalars(wanted))

    async def session(self, turn: str) -> str | None:
        """Return the conversation of a turn.

        Raises:
            Unwritten: the journal cannot be read now.
        """
        async with self._reading() as connection:
            wanted = select(journal.c.session).where(is_kind("asked"), journal.c.turn == turn)
            found: str | None = await connection.scalar(wanted.limit(1))
            return found

    async def last(self) -> int:
        """Return the number of the last question; 0 when there is none.

        Raises:
            Unwritten: the journal cannot be read now.
        """
        async with self._reading() as connection:
            found = await connection.scalar(select(func.max(journal.c.seq)).where(is_kind("asked")))
            return int(found or 0)

    async def questions(self, after: int, limit: int) -> list[Question]:
        """Return the questions behind a row, oldest first.

        Raises:
            Unwritten: the journal cannot be read now.
        """
        wanted = (
            select(journal.c.seq, journal.c.session, journal.c.data)
            .where(is_kind("asked"), journal.c.seq > after)
            .order_by(journal.c.seq)
            .limit(limit)
        )
        async with self._reading() as connection:
            rows = (await connection.execute(wanted)).all()
        return [
            Question(seq, session, entry)
            for seq, session, data in rows
            for entry in _read([data])
            if isinstance(entry, Asked) and session is not None
        ]

    async def asked(self, limit: int) -> list[Asking]:
        """Return the last questions of everybody, newest first.

        Raises:
            Unwritten: the journal cannot be read now.
        """
        wanted = select(journal.c.turn, journal.c.session, journal.c.data).where(is_kind("asked"))
        async with self._reading() as connection:
            chosen = wanted.order_by(journal.c.seq.desc()).limit(limit)
            rows = (await connection.execute(chosen)).all()
        return [
            Asking(
                turn=turn, session=session, at=one.at, channel=one.channel, text=one.text[:SHOWN]
            )
            for turn, session, data in rows
            for one in _read([data])
            if isinstance(one, Asked) and session is not None and turn is not None
        ]

    async def hops(self, turn: str) -> list[Hop]:
        """Return what was put on the topics for a turn, in the order it was written down.

        Raises:
            Unwritten: the journal cannot be read now.
        """
        columns = (journal.c.topic, journal.c.entry, journal.c.at, journal.c.data)
        wanted = select(*columns).where(journal.c.turn == turn, journal.c.topic.in_(TOPICS))
        async with self._reading() as connection:
            rows = await connection.execute(wanted.order_by(journal.c.seq).limit(MOST_HOPS))
            return [Hop(*row) for row in rows]

    async def thoughts(self, after: int, since: int, limit: int) -> list[tuple[int, Thought]]:
        """Return what models did, with the rows it stands in, oldest first.

        Args:
            after: behind which row.
            since: from when on, in milliseconds since 1970.
            limit: how many at most.

        Raises:
            Unwritten: the journal cannot be read now.
        """
        wanted = (
            select(journal.c.seq, journal.c.data)
            .where(journal.c.topic == RECORD, journal.c.kind == "thought")
            .where(journal.c.seq > after, journal.c.at >= since)
            .order_by(journal.c.seq)
            .limit(limit)
        )
        async with self._reading() as connection:
            rows = (await connection.execute(wanted)).all()
        return [
            (seq, one) for seq, data in rows for one in _read([data]) if isinstance(one, Thought)
        ]

    async def decided(
        self, person: str, before: int | None, limit: int
    ) -> tuple[list[ApprovalView], int | None]:
        """Return what somebody might have decided and is over; see `decisions`.

        Raises:
            Unwritten: the journal cannot be read now.
        """
        async with self._reading() as connection:
            return await decisions.decisions(connection, person, before, limit)

    async def fired(self, rules: Sequence[Rule]) -> list[firings.Firing]:
        """Return what rules did lately, newest first; see `firings`.

        Raises:
            Unwritten: the journal cannot be read now.
        """
        async with self._reading() as connection:
            return await firings.firings(connection, rules, keyring(self._settings).signer)

    async def ended(self, fired: Sequence[firings.Firing]) -> dict[str, LastView]:
        """Return how the last thing that each rule did ended; see `endings`.

        Raises:
            Unwritten: the journal cannot be read now.
        """
        async with self._reading() as connection:
            return await endings.endings(connection, fired)

    async def facts(self, turn: str) -> tuple[Entry, ...]:
        """Return a turn's record, whose ever it is.

        Raises:
            Unwritten: the journal cannot be read now.
        """
        async with self._reading() as connection:
            return _read(await connection.scalars(_record(turn)))

    async def search(
        self, words: str, person: str, limit: int, *, within: str = "", without: Sequence[str] = ()
    ) -> list[Turn]:
        """Return the last turns of a person in which these words stand, newest first.

        Args:
            words: what to find.
            person: who asked.
            limit: how many.
            within: how the names begin of the conversations that count.
            without: how those begin that do not.

        Raises:
            Unwritten: the journal cannot be read now.
        """
        async with self._reading():
            return await History(self._engine).search(
                words, limit=limit, person=person, within=within, without=without
            )

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        if not database.exists(self._where):
            raise Unwritten("There is no journal yet.", retry_after=2)
        try:
            async with self._engine.connect() as connection:
                yield connection
        except (SQLAlchemyError, OSError) as error:
            raise Unwritten(f"The journal cannot be read: {error}", retry_after=5) from error


def _record(turn: str) -> Select[Any]:
    wanted = select(journal.c.data).where(journal.c.turn == turn, journal.c.topic == RECORD)
    return wanted.order_by(journal.c.position)


def _read(rows: Iterable[str]) -> tuple[Entry, ...]:
    try:
        return tuple(entries.validate_json(row) for row in rows)
    except ValidationError:
        return ()  # what a newer version, or a hand, has written is not shown
