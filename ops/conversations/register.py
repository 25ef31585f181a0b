"""The register of conversations: whose each is, what it is called, when it was last spoken in.

The journal holds every turn, so the list is made from it, and made again if the journal was
exchanged. What the journal cannot know is kept here alone: a title that a person chose, and what
they hid. A conversation that begins at the web door is entered before its first message is
accepted, so it is never nobody's.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import bindparam, delete, func, insert, or_, select, tuple_, update
from sqlalchemy.dialects.sqlite import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ops import database
from ops.conversations.late import PASSING
from ops.conversations.tables import TABLES, conversations, read
from schemas.base import now_ms
from schemas.errors import NotFound, Transient
from schemas.record import Asked

AT_ONCE = 2_000
"""Questions of the journal in one commit."""
REMEMBERED = 10_000
"""Conversations whose owner is remembered."""
TITLE = 60
"""Characters of a title that is made from the first question."""


class Question(Protocol):
    """A question as the journal has it."""

    @property
    def seq(self) -> int:
        """Its place."""
        ...

    @property
    def session(self) -> str:
        """Its conversation."""
        ...

    @property
    def asked(self) -> Asked:
        """Who asked what, and when."""
        ...


class Journal(Protocol):
    """The written history; see ops/journal/pages.py."""

    async def last(self) -> int:
        """Return the place of the last question.

        Raises:
            Transient: the journal cannot be read now.
        """
        ...

    async def questions(self, after: int, limit: int) -> Sequence[Question]:
        """Return the questions behind a place, oldest first.

        Raises:
            Transient: the journal cannot be read now.
        """
        ...


@dataclass(frozen=True, slots=True)
class Entered:
    """One conversation in the register.

    Attributes:
        id: its name.
        person: whose it is.
        channel: where it began.
        title: what it is called.
        at: when it began.
        last_at: when somebody last spoke in it.
        turns: how many turns of it the journal has.
    """

    id: str
    person: str
    channel: str
    title: str
    at: int
    last_at: int
    turns: int


def titled(text: str) -> str:
    """Return a title made from a question: its first words."""
    line = " ".join(text[: 4 * TITLE].split())
    if len(line) <= TITLE:
        return line or "Untitled"
    cut = line[:TITLE].rpartition(" ")[0] or line[:TITLE]
    return f"{cut.rstrip(' ,;:.')}…"


class Register:
    """Keeps the register.

    Args:
        engine: the database `home.db`.
        journal: the written history.
    """

    def __init__(self, engine: AsyncEngine, journal: Journal) -> None:
        self._engine = engine
        self._journal = journal
        self._owners: OrderedDict[str, str] = OrderedDict()
        self._touched: dict[str, int] = {}
        self._ready = False
        self._writing = asyncio.Lock()

    async def begin(self, session: str, asked: Asked) -> None:
        """Enter a conversation, if it is not entered yet and somebody may come back to it."""
        await self._open()
        new = insert_or(conversations).values(_row(session, asked)).on_conflict_do_nothing()
        if not session.startswith(PASSING):
            async with self._writing, self._engine.begin() as connection:
                await connection.execute(new)
        self._owners[session] = asked.person

    def touch(self, session: str, at: int) -> None:
        """Note that somebody spoke in a conversation; written down when a list is wanted.

        What is forgotten of it in between, the journal tells.
        """
        if len(self._touched) < REMEMBERED:
            self._touched[session] = at

    async def owner(self, session: str) -> str | None:
        """Return whose a conversation is; None when it is not entered."""
        known = self._owners.get(session)
        if known is not None:
            return known
        found = await self._find(session)
        if found is None:
            await self.catch_up()
            found = await self._find(session)
        if found is None:
            return None
        self._owners[session] = found.person
        if len(self._owners) > REMEMBERED:
            self._owners.popitem(last=False)
        return found.person

    async def page(
        self, person: str, before: tuple[int, str] | None, limit: int, *, within: str = ""
    ) -> list[Entered]:
        """Return a person's conversations, the one that was spoken in last first.

        Args:
            person: whose.
            before: `last_at` and id of the last one of the page before.
            limit: how many.
            within: how their names begin.
        """
        await self.catch_up()
        table = conversations.c
        shown = or_(table.hidden_at.is_(None), table.last_at > table.hidden_at)
        kept = [~table.id.startswith(one) for one in PASSING]  # older versions entered some
        wanted = select(conversations).where(table.person == person, shown, *kept)
        if within:
            wanted = wanted.where(table.id.startswith(within, autoescape=True))
        if before is not None:
            wanted = wanted.where(tuple_(table.last_at, table.id) < tuple_(*before))
        wanted = wanted.order_by(table.last_at.desc(), table.id.desc()).limit(limit)
        async with self._engine.connect() as connection:
            return [_entered(row) for row in await connection.execute(wanted)]

    async def known(self, sessions: Iterable[str]) -> dict[str, Entered]:
        """Return which of these conversations are entered."""
        await self._open()
        wanted = select(conversations).where(conversations.c.id.in_(list(sessions)))
        async with self._engine.connect() as connection:
            return {row.id: _entered(row) for row in await connection.execute(wanted)}

    async def get(self, session: str) -> Entered:
        """Return one conversation.

        Raises:
            NotFound: it is not entered.
        """
        found = await self._find(session)
        if found is None:
            raise NotFound(f"There is no conversation {session}.")
        return found

    async def title(self, session: str) -> str:
        """Return what a conversation is called; '' when it is not entered."""
        found = await self._find(session)
        return found.title if found else ""

    async def rename(self, session: str, title: str) -> None:
        """Give a conversation another title."""
        await self._change(session, title=" ".join(title.split()) or "Untitled")

    async def hide(self, session: str) -> None:
        """Take a conversation out of the list until somebody speaks in it again."""
        await self._change(session, hidden_at=max(now_ms(), (await self.get(session)).last_at))

    async def catch_up(self) -> None:
        """Enter what the journal has written down since it was last looked at."""
        await self._open()
        async with self._writing:
            await self._write_touched()
            try:
                while await self._step() == AT_ONCE:
                    pass
            except Transient:
                return  # the list is as it was; what comes in at the web door is entered anyway

    async def _open(self) -> None:
        if not self._ready:
            async with self._writing:
                await database.migrate(self._engine, TABLES)
                self._ready = True

    async def _write_touched(self) -> None:
        touched, self._touched = self._touched, {}
        if not touched:
            return
        table = conversations.c
        newer = (
            update(conversations)
            .where(table.id == bindparam("session"))
            .values(last_at=func.max(table.last_at, bindparam("spoken")))
        )
        rows = [{"session": session, "spoken": at} for session, at in touched.items()]
        async with self._engine.begin() as connection:
            await connection.execute(newer, rows)

    async def _step(self) -> int:
        async with self._engine.connect() as connection:
            through = int(await connection.scalar(select(func.max(read.c.seq))) or 0)
        found = await self._journal.questions(through, AT_ONCE)
        if not found:
            if through and await self._journal.last() < through:
                await self._begin_again()
                return AT_ONCE
            return 0
        async with self._engine.begin() as connection:
            await self._enter(connection, found)
            await connection.execute(delete(read))
            await connection.execute(insert(read).values(seq=found[-1].seq))
        return len(found)

    async def _begin_again(self) -> None:
        """The journal is another one than it was: count anew."""
        async with self._engine.begin() as connection:
            await connection.execute(update(conversations).values(turns=0))
            await connection.execute(delete(read))

    async def _enter(self, connection: AsyncConnection, found: Sequence[Question]) -> None:
        rows: dict[str, dict[str, Any]] = {}
        for one in found:
            if one.session.startswith(PASSING):
                continue
            row = rows.setdefault(one.session, _row(one.session, one.asked))
            row["turns"] += 1
            row["last_at"] = max(row["last_at"], one.asked.at)
        if not rows:
            return
        new = insert_or(conversations)
        table = conversations.c
        await connection.execute(
            new.on_conflict_do_update(
                index_elements=["id"],
                set_={
                    "turns": table.turns + new.excluded.turns,
                    "last_at": func.max(table.last_at, new.excluded.last_at),
                },
            ),
            list(rows.values()),
        )

    async def _find(self, session: str) -> Entered | None:
        return (await self.known([session])).get(session)

    async def _change(self, session: str, **values: Any) -> None:
        await self._open()
        changed = update(conversations).where(conversations.c.id == session).values(**values)
        async with self._writing, self._engine.begin() as connection:
            await connection.execute(changed)


def _row(session: str, asked: Asked) -> dict[str, Any]:
    return {
        "id": session,
        "person": asked.person,
        "channel": asked.channel,
        "title": titled(f"Task: {asked.text}" if asked.parent else asked.text),
        "at": asked.at,
        "last_at": asked.at,
        "turns": 0,
    }


def _entered(row: Any) -> Entered:
    return Entered(row.id, row.person, row.channel, row.title, row.at, row.last_at, row.turns)
