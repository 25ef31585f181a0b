"""The written history and Redis come back as of the same moment, and go on together."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from ops import secrets
from ops.backups import opening
from ops.backups.agreement import agree
from ops.backups.opening import Opener
from ops.backups.restore import restore
from ops.backups.service import create
from ops.journal import audit, database
from ops.journal.service import Journal
from ops.keyring import keyring
from ops.sections import JournalSettings
from processors.tools.redact import Redactor
from streams import keys, tail
from streams.allowances import STREAMS
from streams.extent import Extent
from tests.ops.backups.home import Home
from tests.ops.backups.restore.scene import Homes
from tests.stand import Stand, soon


async def write_down(home: Home) -> None:
    """Let a writer work until the journal has everything."""
    hand = tail.Tail(home.url("journal"), "here")
    engine = database.connect(database.address(home.settings))
    key, ring = secrets.audit_key(home.root), keyring(home.settings)
    journal = Journal(hand, engine, key, Redactor(), JournalSettings(), keyring=ring)
    stop = asyncio.Event()
    writing = asyncio.create_task(journal.run(stop))

    async def written() -> bool:
        async with Redis.from_url(home.url("core")) as core:
            groups: list[Any] = [
                group
                for stream in STREAMS
                if await core.exists(stream)
                for group in await core.xinfo_groups(stream)
                if group["name"] == keys.JOURNAL.encode()
            ]
        return len(groups) == len(STREAMS) and not any(g["lag"] or g["pending"] for g in groups)

    try:
        await soon(written, 30)
    finally:
        stop.set()
        await writing
        await engine.dispose()
        await hand.close()


def recorded(home: Home, turn: str) -> list[str]:
    """A turn's record, as the journal has it."""
    wanted = "SELECT data FROM journal WHERE topic = 'record' AND turn = ? ORDER BY position"
    with closing(sqlite3.connect(home.root / "journal.db")) as journal:
        return [data for (data,) in journal.execute(wanted, (turn,))]


def on_record(home: Home, turn: str) -> list[str]:
    """A turn's record, as Redis has it."""
    with home.client() as core:
        rows: Any = core.lrange(keys.turn(turn), 0, -1)
    return [row.decode() for row in rows]


def faults(home: Home) -> tuple[str, ...]:
    """What the audit finds."""

    async def look() -> tuple[str, ...]:
        engine = database.connect(database.address(home.settings))
        seal = await tail.head(home.url("desk"))
        found = await audit.verify(engine, secrets.audit_key(home.root), seal)
        await engine.dispose()
        return found.faults

    return asyncio.run(look())


def test_what_a_turn_comes_to_after_a_restore_is_written_down(
    home: Home, new_home: Homes, own: Opener
) -> None:
    """While a backup was made, the journal had written what its Redis never knew."""
    other = new_home()

    def meanwhile(what: str, *_: int) -> None:
        if what == "journal":  # Redis is copied by now, and the journal is not
            home.call_tool("t1", "s1")
            asyncio.run(write_down(home))

    with home.running():
        home.admit("t1", "s1")
        asyncio.run(write_down(home))
        sealing = opening.with_own_key(home.root)
        made = create(home.settings, sealing, progress=meanwhile)
        assert len(recorded(home, "t1")) == 2
    restore(made.path, other.root, own)
    with other.running():
        assert recorded(other, "t1") == on_record(other, "t1")
        assert faults(other) == ()
        asyncio.run(other.redrive("route", "s1"))
        other.call_tool("t1", "s1")
        asyncio.run(write_down(other))
        assert len(on_record(other, "t1")) == 3
        assert recorded(other, "t1") == on_record(other, "t1")
        assert faults(other) == ()


KNOWN = [("inbox", "5-0", None, None), ("record", "t/0", "t", 0), ("journal", "begun", None, None)]
AHEAD = {
    "entry": ("inbox", "5-1", None, None),
    "place": ("record", "t/1", "t", 1),
    "topic": ("route", "4-0", None, None),
}


def books(folder: Path, *rows: tuple[Any, ...]) -> None:
    """Lay down a journal, and a list of conversations that was made from all of it."""
    with closing(sqlite3.connect(folder / "journal.db")) as journal, journal:
        journal.execute("CREATE TABLE journal (seq INTEGER, topic, entry, turn, position, kind)")
        numbered = [(n + 1, *row) for n, row in enumerate(rows)]
        journal.executemany("INSERT INTO journal VALUES (?, ?, ?, ?, ?, NULL)", numbered)
    with closing(sqlite3.connect(folder / "home.db")) as lists, lists:
        lists.execute("CREATE TABLE conversations (turns INTEGER)")
        lists.execute("CREATE TABLE conversations_read (seq INTEGER)")
        lists.execute("INSERT INTO conversations VALUES (7)")
        lists.execute("INSERT INTO conversations_read VALUES (?)", (len(rows),))


def left(folder: Path) -> tuple[int, int]:
    """How many rows the journal has, and how many turns a conversation in the list."""
    with closing(sqlite3.connect(folder / "journal.db")) as journal:
        (rows,) = journal.execute("SELECT count(*) FROM journal").fetchone()
    with closing(sqlite3.connect(folder / "home.db")) as lists:
        (turns,) = lists.execute("SELECT turns FROM conversations").fetchone()
    return rows, turns


async def test_what_redis_knows_stays_though_nothing_is_sealed(
    stand: Stand, tmp_path: Path
) -> None:
    """Without memory to spare Redis refuses the seal, and forgets what is written all the same."""
    books(tmp_path, *KNOWN, ("record", "forgotten/3", "forgotten", 3))
    await stand.tester.xadd(keys.topic("inbox"), {"data": "x"}, id="5-0")
    await stand.tester.xtrim(keys.topic("inbox"), maxlen=0)
    await stand.tester.rpush(keys.turn("t"), "first")
    assert await agree(Extent(stand.tester), tmp_path) == 0
    assert left(tmp_path) == (4, 7)


@pytest.mark.parametrize("ahead", AHEAD)
async def test_from_the_first_row_that_redis_does_not_know_all_is_of_later(
    stand: Stand, tmp_path: Path, ahead: str
) -> None:
    books(tmp_path, *KNOWN, AHEAD[ahead], *KNOWN)
    await stand.tester.xadd(keys.topic("inbox"), {"data": "x"}, id="5-0")
    await stand.tester.rpush(keys.turn("t"), "first")
    assert await agree(Extent(stand.tester), tmp_path) == 4
    assert left(tmp_path) == (3, 0), "the list of conversations is made anew"
    assert await agree(Extent(stand.tester), tmp_path) == 0


async def test_without_a_journal_there_is_nothing_to_agree(stand: Stand, tmp_path: Path) -> None:
    assert await agree(Extent(stand.tester), tmp_path) == 0
