"""Lets the written history of a backup end where its Redis ends.

The journal is copied after Redis, so that it has at least what Redis believes it has. What it has
beyond that never happened for the restored Redis; and where it is of a turn that goes on, it has
the places of what comes next, which would then be taken for written already, and never be.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from ops.backups.contents import HOME, JOURNAL
from streams.extent import Extent, Place


async def agree(extent: Extent, folder: Path) -> int:
    """Forget in the journal, from its end, what Redis never had; return how many rows went.

    Args:
        extent: of the restored data, before anything is added to it.
        folder: with the restored databases.
    """
    book = folder / JOURNAL
    if not book.is_file():
        return 0
    with closing(sqlite3.connect(book)) as journal:
        if not _there(journal, "journal"):
            return 0
        # Only a record's row has a position.
        rows = journal.execute(
            "SELECT seq, topic, entry, CASE WHEN position IS NOT NULL THEN turn END, position"
            " FROM journal WHERE seq > ? ORDER BY seq",
            (await extent.sealed(),),
        )
        first = await extent.first_unknown(Place(*row) for row in rows)
        if first is None:
            return 0
        # All behind it was written later.
        with journal:
            gone = _cut(journal, first)
    _list_anew(folder / HOME, first)
    return gone


def _cut(journal: sqlite3.Connection, first: int) -> int:
    # A checkpoint stays: the chain begins behind it, since it says what was forgotten before.
    (checkpoint,) = journal.execute(
        "SELECT max(seq) FROM journal WHERE kind = 'checkpoint'"
    ).fetchone()
    first = max(first, (checkpoint or 0) + 1)
    if _there(journal, "journal_words"):
        journal.execute("DELETE FROM journal_words WHERE rowid >= ?", (first,))
    return journal.execute("DELETE FROM journal WHERE seq >= ?", (first,)).rowcount


def _list_anew(home: Path, first: int) -> None:
    """Have the list of conversations made anew, if it was made from rows that are gone."""
    if not home.is_file():
        return
    with closing(sqlite3.connect(home)) as lists, lists:
        if not _there(lists, "conversations_read"):
            return
        (through,) = lists.execute("SELECT max(seq) FROM conversations_read").fetchone()
        if through is not None and through >= first:
            lists.execute("UPDATE conversations SET turns = 0")
            lists.execute("DELETE FROM conversations_read")


def _there(database: sqlite3.Connection, table: str) -> bool:
    wanted = "SELECT 1 FROM sqlite_master WHERE name = ?"
    return database.execute(wanted, (table,)).fetchone() is not None
