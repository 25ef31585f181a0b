"""Full-text search: FTS5 where the database is SQLite, plain comparison elsewhere.

The index is of trigrams: it finds parts of words, and words of languages that do not put spaces
between them. A word of one or two letters is compared with what the others found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from orjson import dumps
from sqlalchemy import ColumnElement, Select, column, func, inspect, select, table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ops.journal.tables import RECORD, WORDS, is_kind, journal

MOST_WORDS = 16
SHORTEST = 3
"""Letters of the shortest word the index knows."""

_words = table(WORDS, column("rowid"), column("words"))


@dataclass(frozen=True, slots=True)
class Where:
    """In which turns is looked.

    Attributes:
        session: of this conversation only.
        person: asked by this person only.
        within: in conversations whose names begin so only.
        without: in none whose name begins with any of these.
    """

    session: str | None = None
    person: str | None = None
    within: str = ""
    without: tuple[str, ...] = ()

    def of(self, chosen: Select[Any]) -> Select[Any]:
        """Return a query for those of its rows alone."""
        if self.session is not None:
            chosen = chosen.where(journal.c.session == self.session)
        if self.within:
            chosen = chosen.where(journal.c.session.startswith(self.within, autoescape=True))
        for begin in self.without:
            chosen = chosen.where(~journal.c.session.startswith(begin, autoescape=True))
        if self.person is not None:
            chosen = chosen.where(journal.c.turn.in_(_asked_by(self.person)))
        return chosen


async def turns(connection: AsyncConnection, query: str, where: Where, limit: int) -> list[str]:
    """Return the turns in which all words of `query` stand in one text, newest first."""
    wanted = [word for word in query.split() if word.strip('"')][:MOST_WORDS]
    if not wanted:
        return []
    indexed = await connection.run_sync(lambda sync: inspect(sync).has_table(WORDS))
    chosen = where.of(_by_index(wanted) if indexed else _by_comparison(wanted))
    newest = func.max(journal.c.seq).desc()
    chosen = chosen.group_by(journal.c.turn).order_by(newest).limit(limit)
    return [turn for turn in await connection.scalars(chosen) if turn is not None]


def _by_index(wanted: list[str]) -> Select[Any]:
    long = [word for word in wanted if len(word) >= SHORTEST]
    chosen = select(journal.c.turn).join(_words, _words.c.rowid == journal.c.seq)
    if long:
        # Quoted, a word is only a word: the index has a query language of its own.
        phrase = " ".join('"' + word.replace('"', '""') + '"' for word in long)
        chosen = chosen.where(text(f"{WORDS} MATCH :phrase").bindparams(phrase=phrase))
    short = [word for word in wanted if len(word) < SHORTEST]
    return chosen.where(*(_holds(_words.c.words, word) for word in short))


def _by_comparison(wanted: list[str]) -> Select[Any]:
    spoken = (journal.c.topic == RECORD, journal.c.kind.in_(("asked", "said")))
    return select(journal.c.turn).where(
        *spoken, *(_holds(journal.c.data, dumps(word).decode()[1:-1]) for word in wanted)
    )


def _asked_by(person: str) -> Select[Any]:
    """Return the query for the turns of one person.

    Inside a text of somebody else's these words would have their quotes escaped.
    """
    words = '"person":' + dumps(person).decode()
    return select(journal.c.turn).where(
        is_kind("asked"), journal.c.data.contains(words, autoescape=True)
    )


def _holds(where: ColumnElement[Any], word: str) -> ColumnElement[bool]:
    return func.lower(where).contains(word.lower(), autoescape=True)
