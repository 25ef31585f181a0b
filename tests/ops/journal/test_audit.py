"""Every attack on the written history turns the audit red."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from redis.asyncio import Redis
from redis.exceptions import NoPermissionError, ResponseError

from ops import secrets
from ops.journal import audit, database
from ops.journal.book import Book
from ops.journal.chain import START, Row, mac
from ops.sections import JournalSettings
from streams import keys
from tests.ops.journal.scene import Scene, until


@pytest.fixture
async def book(scene: Scene) -> Scene:
    """A journal of some thirty rows, sealed."""
    for number in range(5):
        await scene.turn(f"t{number}", f"question {number}", f"answer {number}")
    async with scene.writing():
        await scene.written(10)
    assert (await scene.verify()).green
    return scene


def recompute(scene: Scene, key: bytes) -> None:
    """Chain everything anew, as somebody would who has the file and another key."""
    before = START
    names = ", ".join(Row._fields)
    for seq, *values in scene.sql(f"SELECT seq, {names} FROM journal ORDER BY seq"):
        before = mac(key, before, seq, Row(*values))
        scene.sql("UPDATE journal SET mac = ? WHERE seq = ?", before, seq)


def swap(scene: Scene) -> None:
    scene.sql("UPDATE journal SET seq = -1 WHERE seq = 5")
    scene.sql("UPDATE journal SET seq = 5 WHERE seq = 6")
    scene.sql("UPDATE journal SET seq = 6 WHERE seq = -1")


def close_the_gap(scene: Scene) -> None:
    scene.sql("DELETE FROM journal WHERE seq = 5")
    scene.sql("UPDATE journal SET seq = seq - 1 WHERE seq > 5")


def forge_a_checkpoint(scene: Scene) -> None:
    ((found,),) = scene.sql("SELECT mac FROM journal WHERE seq = 5")
    said = orjson.dumps({"through": 5, "mac": found}).decode()
    ((last,),) = scene.sql("SELECT max(seq) FROM journal")
    scene.sql("DELETE FROM journal WHERE seq <= 5")
    scene.sql(
        "INSERT INTO journal (seq, topic, entry, at, kind, data, mac)"
        " VALUES (?, 'journal', 'checkpoint/5', 1, 'checkpoint', ?, ?)",
        *(last + 1, said, "0" * 64),
    )


ATTACKS: dict[str, Callable[[Scene], object]] = {
    "a changed text": lambda s: s.sql("UPDATE journal SET data = data || ' ' WHERE seq = 7"),
    "a changed time": lambda s: s.sql("UPDATE journal SET at = at + 1 WHERE seq = 7"),
    "a changed turn": lambda s: s.sql("UPDATE journal SET turn = 't9' WHERE turn = 't2'"),
    "an emptied field": lambda s: s.sql("UPDATE journal SET fields = NULL WHERE seq > 2"),
    "a removed row": lambda s: s.sql("DELETE FROM journal WHERE seq = 7"),
    "a removed row, closed up": close_the_gap,
    "a cut tail": lambda s: s.sql("DELETE FROM journal WHERE seq > 15"),
    "a cut beginning": lambda s: s.sql("DELETE FROM journal WHERE seq < 4"),
    "nothing left": lambda s: s.sql("DELETE FROM journal"),
    "swapped rows": swap,
    "a chain without the key": lambda s: recompute(s, b"another key of thirty-two characters"),
    "a forged checkpoint": forge_a_checkpoint,
}


@pytest.mark.parametrize("attack", ATTACKS)
async def test_an_attack_on_the_file_is_red(book: Scene, attack: str) -> None:
    ATTACKS[attack](book)
    report = await book.verify()
    assert not report.green
    print(attack, "→", report.faults[0])


async def test_a_row_of_another_s_making_is_red(book: Scene) -> None:
    ((last,),) = book.sql("SELECT max(seq) FROM journal")
    book.sql(
        "INSERT INTO journal (seq, topic, entry, at, data, mac)"
        " VALUES (?, 'route', '9-9', 1, '', ?)",
        *(last + 1, "ab" * 32),
    )
    assert not (await book.verify()).green


async def test_an_old_copy_is_red_and_stays_red(book: Scene) -> None:
    book.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    copy = book.file.with_suffix(".old")
    shutil.copy(book.file, copy)
    async with book.writing():
        await book.turn("t9", "what must not be seen", "indeed")
        await book.written(12)
    assert (await book.verify()).green
    for path in book.root.glob("journal.db*"):
        path.unlink()
    shutil.copy(copy, book.file)
    assert not (await book.verify()).green
    # Nor does it become green when the journal grows past its old end.
    async with book.writing():
        await book.burst(50)
        await book.written(60)
    report = await book.verify()
    assert any(
        " notes a break that the writer found when it started: " in fault for fault in report.faults
    )


async def test_without_the_seal_it_is_red(book: Scene) -> None:
    with pytest.raises(NoPermissionError):
        await book.core.delete(keys.AUDIT)
    engine = database.connect(book.where)
    report = await audit.verify(engine, secrets.audit_key(book.root), None)
    await engine.dispose()
    assert not report.green


async def test_the_journal_s_own_role_cannot_take_a_seal_back(book: Scene) -> None:
    """Somebody has the file and the password of the role `journal`, but not the key."""
    role: Any = Redis.from_url(book.servers.durable_url("journal"))
    book.sql("DELETE FROM journal WHERE seq > 10")
    ((last, found),) = book.sql("SELECT seq, mac FROM journal ORDER BY seq DESC LIMIT 1")
    for words in (
        ("DEL", keys.AUDIT),
        ("XDEL", keys.AUDIT, "1-0"),
        ("XTRIM", keys.AUDIT, "MAXLEN", "0"),
        ("XSETID", keys.AUDIT, "10-0"),
        ("SET", keys.AUDIT, "x"),
        ("RENAME", keys.AUDIT, "nexus:x"),
        ("EXPIRE", keys.AUDIT, "1"),
    ):
        with pytest.raises(NoPermissionError):
            await role.execute_command(*words)
    with pytest.raises(ResponseError, match="equal or smaller"):
        await role.xadd(keys.AUDIT, {"mac": found}, id=f"{last}-0")
    # What it may do is only loud.
    await role.xadd(keys.AUDIT, {"mac": found}, id="*", maxlen=0)
    assert not (await book.verify()).green
    await role.aclose()


async def test_a_crash_between_commit_and_seal_is_no_attack(book: Scene) -> None:
    engine = database.connect(book.where)
    writer = Book(engine, secrets.audit_key(book.root))
    await writer.open()
    await writer.append([Row("route", "9-9", 1, "{}")])
    await engine.dispose()
    report = await book.verify()
    assert report.green
    assert report.last == (report.sealed or 0) + 1
    async with book.writing():
        await book.burst(5)
        await book.written(16)
    report = await book.verify()
    assert report.green
    assert report.last == report.sealed


async def test_what_is_forgotten_leaves_a_chain_that_can_be_checked(scene: Scene) -> None:
    keep = JournalSettings(keep_rows=1_000)
    await scene.burst(1_500)
    await scene.turn("t1", "early bird", "worm")
    async with scene.writing():
        await scene.written(1_502)
    async with scene.writing(keep=keep):
        await until(lambda: scene.sql("SELECT min(seq) FROM journal")[0][0] > 400)
        await scene.burst(600, 1_500)
        await until(scene.behind_nothing)
    report = await scene.verify()
    assert report.green, report.faults
    assert report.first > 400
    # The same attacks again, now behind a checkpoint.
    async with scene.writing(keep=keep):
        await until(lambda: scene.sql("SELECT min(seq) FROM journal")[0][0] > 1_000)
    report = await scene.verify()
    assert report.green, report.faults
    assert scene.sql("SELECT count(*) FROM journal")[0][0] <= 1_001
    scene.sql("DELETE FROM journal WHERE seq = (SELECT min(seq) FROM journal)")
    assert not (await scene.verify()).green


async def test_days_are_forgotten_too(scene: Scene) -> None:
    async with scene.writing():
        await scene.core.xadd("nexus:inbox", {"data": "{}"}, id="1000-0")
        await scene.core.xadd("nexus:inbox", {"data": "{}"}, id="2000-0")
        await scene.burst(10)
        await scene.written(12)
    # The first row is the journal's own beginning, of today: nothing is behind it.
    engine = database.connect(scene.where)
    writer = Book(engine, secrets.audit_key(scene.root))
    head = await writer.open()
    assert await writer.forget(1, 1_000, head.seq) == 0
    assert await writer.forget(1, 5, head.seq) == head.seq - 5
    await engine.dispose()
