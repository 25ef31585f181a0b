"""Lets the written history of a backup end where its Redis ends.

The journal is copied after Redis, so that it has at least what Redis believes it has. What it has
beyond that never happened for the restored Redis; and where it is of a turn that goes on, it has
the places of what comes next, which would then be taken for written already, and never be.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from ops.backups.contents import HOME, JOURNAL
from streams import keys
from streams.allowances import TOPICS
from streams.store import text
from streams.tail import sealed

RECORD = "record"
"""What the journal calls the topic of turns' records."""
Place = tuple[int, str, str, str, int]
"""A row's number; its topic and entry; of a record, its turn and its position there."""


async def agree(redis: Redis, folder: Path) -> int:
    """Forget in the journal, from its end, what Redis does not know; return how many rows went.

    Args:
        redis: the restored data, before anything is added to it.
        folder: with the restored databases.
    """
    book = folder / JOURNAL
    if not book.is_file():
        return 0
    with closing(sqlite3.connect(book)) as journal:
        if not _there(journal, "journal"):
            return 0
        seal = await sealed(redis)
        rows = journal.execute(
            "SELECT seq, topic, entry, turn, position FROM journal WHERE seq > ? ORDER BY seq",
            (seal.seq if seal else 0,),
        )
        first = await _unknown(redis, rows)
        if first is None:
            return 0
        with journal:
            gone = _cut(journal, first)
    _list_anew(folder / HOME, first)
    return gone


async def _unknown(redis: Redis, rows: Iterable[Place]) -> int | None:
    """Return the first row of something that Redis does not have; all behind it was written later.

    What it has forgotten since is no sign: of a record that is gone nothing can be said.
    """
    ends: dict[str, tuple[int, int]] = {}
    for seq, topic, entry, turn, position in rows:
        if topic == RECORD:
            if 0 < await redis.llen(keys.turn(turn)) <= position:
                return seq
        elif topic in TOPICS:
            if topic not in ends:
                ends[topic] = await _end(redis, topic)
            if _order(entry) > ends[topic]:
                return seq
    return None


async def _end(redis: Redis, topic: str) -> tuple[int, int]:
    try:
        found: Any = await redis.xinfo_stream(keys.topic(topic))
    except ResponseError:
        return 0, 0  # there was no such topic yet
    return _order(text(found["last-generated-id"]))


def _order(entry: str) -> tuple[int, int]:
    moment, _, number = entry.partition("-")
    return int(moment), int(number)


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
