"""The journal in a PostgreSQL of the owner's: written, found, checked, forgotten, not lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from ops import database as databases
from ops.journal import database
from ops.journal.reader import History
from ops.journal.tables import metadata
from ops.sections import JournalSettings
from tests.ops.journal.postgresql import Cluster, cluster, programs
from tests.ops.journal.scene import Scene, until

FOLDER = programs()
pytestmark = pytest.mark.skipif(FOLDER is None, reason="PostgreSQL is not installed")
ROWS = "SELECT count(*) FROM journal WHERE topic NOT IN ('journal', 'record')"


@pytest.fixture(scope="module")
def running() -> Iterator[Cluster]:
    assert FOLDER is not None
    with cluster(FOLDER) as found:
        yield found


@pytest.fixture
def theirs(running: Cluster, scene: Scene) -> Cluster:
    """An empty database, and the scene's journal in it."""
    running.sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    scene.where = databases.given(running.url)
    return running


async def written(theirs: Cluster, scene: Scene, count: int) -> None:
    async def done() -> bool:
        made = theirs.sql("SELECT to_regclass('journal')")
        return bool(made) and int(theirs.sql(ROWS)) >= count and await scene.behind() == 0

    await until(done, 60)


async def test_it_is_written_found_and_checked(theirs: Cluster, scene: Scene) -> None:
    await scene.turn("t1", "When does Ørsted come?", "On Friday, 100 % sure.")
    await scene.turn("t2", "what is left?", "nothing")
    async with scene.writing():
        await written(theirs, scene, 4)
    report = await scene.verify()
    assert report.green, report.faults
    assert report.sealed == report.last
    engine = databases.connect(scene.where)
    history = History(engine)
    assert [turn.id for turn in await history.turns()] == ["t2", "t1"]
    for words, found in (("ørsted", ["t1"]), ("100 %", ["t1"]), ("NOTHING", ["t2"]), ("%_", [])):
        assert [turn.id for turn in await history.search(words)] == found, words
    assert len(await history.turn("t1")) == 2
    await engine.dispose()


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE journal SET data = replace(data, 'nothing', 'all') WHERE data LIKE '%nothing%'",
        "DELETE FROM journal WHERE seq = 3",
        "DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)",
        "INSERT INTO journal (seq, topic, entry, at, data, mac)"
        " SELECT max(seq) + 1, 'inbox', 'x', 1, '{}', max(mac) FROM journal",
    ],
)
async def test_a_change_is_seen(theirs: Cluster, scene: Scene, attack: str) -> None:
    await scene.turn("t1", "what is left?", "nothing")
    async with scene.writing():
        await written(theirs, scene, 2)
    assert (await scene.verify()).green
    theirs.sql(attack)
    assert not (await scene.verify()).green


async def test_what_is_too_much_is_forgotten_and_the_rest_can_be_checked(
    theirs: Cluster, scene: Scene
) -> None:
    await scene.burst(1_500)
    async with scene.writing():
        await written(theirs, scene, 1_500)
    async with scene.writing(keep=JournalSettings(keep_rows=1_000)):
        await until(lambda: int(theirs.sql("SELECT min(seq) FROM journal")) > 400, 60)
        await until(scene.behind_nothing, 60)
    report = await scene.verify()
    assert report.green, report.faults
    assert report.first > 400


async def test_a_database_that_is_away_for_a_while_costs_nothing(
    theirs: Cluster, scene: Scene
) -> None:
    writer = await scene.start(DATABASE_URL=theirs.url)
    await scene.burst(50)
    await written(theirs, scene, 50)
    theirs.stop()
    await scene.burst(50, 50)
    await until(lambda: "journal.down" in scene.said(), 60, scene.said)
    assert writer.lives
    theirs.start()
    await written(theirs, scene, 100)
    assert int(theirs.sql(ROWS)) == 100, "each once"
    assert (await scene.verify()).green


async def test_the_migrations_make_the_tables_of_the_code(theirs: Cluster, scene: Scene) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, metadata)
        return [one for one in found if "remove_" not in str(one)]

    engine = databases.connect(scene.where)
    await database.migrate(engine)
    await database.migrate(engine)  # the second time there is nothing to do
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()
