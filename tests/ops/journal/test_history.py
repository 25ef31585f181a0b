"""Conversations are found again, newest first, in any language."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ops.journal import database
from ops.journal.reader import History
from schemas.errors import NotFound
from tests.ops.journal.scene import Scene

TALK = (
    ("t1", "Where is my backup of the photo library?", "On the second disk.", "home"),
    ("t2", "Wie groß ist die FESTPLATTE?", "Vier Terabyte, davon ist die Hälfte frei.", "home"),
    ("t3", "カメラの写真はどこですか", "写真は二番目のディスクにあります。", "home"),
    ("t4", 'delete "everything" OR nothing* (NEAR', "I'd rather not: 100% sure?", "other"),
    ("t5", "is it on?", "yes", "other"),
)


@pytest.fixture
async def history(scene: Scene) -> AsyncIterator[History]:
    for turn, question, answer, session in TALK:
        await scene.turn(turn, question, answer, session)
    async with scene.writing():
        await scene.written(2 * len(TALK))
    engine = database.connect(scene.where)
    yield History(engine)
    await engine.dispose()


SEARCHES = {
    "photo": ["t1"],
    "library backup": ["t1"],
    "SECOND disk": ["t1"],
    "festplatte": ["t2"],
    "hälfte": ["t2"],
    "terabyte festplatte": [],
    "写真": ["t3"],
    "ディスク": ["t3"],
    '"everything"': ["t4"],
    "NEAR": ["t4"],
    "nothing*": ["t4"],
    "100%": ["t4"],
    "is on?": ["t5"],
    "_": [],
    '"': [],
    "no such word": [],
    "  ": [],
}


@pytest.mark.parametrize("indexed", [True, False])
async def test_words_are_found(scene: Scene, history: History, indexed: bool) -> None:
    if not indexed:
        # As on a database that is no SQLite.
        scene.sql("DROP TABLE journal_words")
    for query, expected in SEARCHES.items():
        assert [turn.id for turn in await history.search(query)] == expected, query


async def test_the_newest_come_first(history: History) -> None:
    assert [turn.id for turn in await history.turns()] == ["t5", "t4", "t3", "t2", "t1"]
    assert [turn.id for turn in await history.turns(limit=2)] == ["t5", "t4"]
    assert [turn.id for turn in await history.turns(session="home", limit=2)] == ["t3", "t2"]
    assert await history.turns(session="nobody") == []
    assert [turn.id for turn in await history.search("disk", session="home")] == ["t1"]
    assert await history.search("disk", session="other") == []
    assert [turn.id for turn in await history.search("disk", within="ho")] == ["t1"]
    assert await history.search("disk", within="o") == []
    assert await history.search("disk", without=("other", "ho")) == []


async def test_a_turn_is_told_whole(history: History) -> None:
    (turn,) = await history.search("festplatte")
    assert turn.answer == TALK[1][2]
    assert (turn.session, turn.person, turn.channel) == ("home", "p", "c")
    assert [entry.kind for entry in await history.turn("t2")] == ["asked", "said"]
    with pytest.raises(NotFound):
        await history.turn("t9")


async def test_the_lists_use_their_indexes(scene: Scene, history: History) -> None:
    assert history
    for query in (
        "SELECT * FROM journal WHERE kind = 'asked' ORDER BY seq DESC LIMIT 9",
        "SELECT * FROM journal WHERE kind = 'asked' AND session = 'home' ORDER BY seq DESC LIMIT 9",
        "SELECT max(position) FROM journal WHERE turn IN ('t1', 't2') GROUP BY turn",
        "SELECT data FROM journal WHERE kind = 'checkpoint' ORDER BY seq DESC LIMIT 1",
        "SELECT entry FROM journal WHERE topic = 'inbox' AND entry IN ('1-1', '1-2')",
    ):
        plan = " ".join(str(row[3]) for row in scene.sql(f"EXPLAIN QUERY PLAN {query}"))
        assert "USING INDEX" in plan or "USING COVERING INDEX" in plan, plan
        assert "TEMP B-TREE" not in plan, plan


async def test_asking_makes_no_file(scene: Scene) -> None:
    assert not database.exists(scene.where)
    assert not scene.file.exists()
