"""The database's versions: the code knows the newest one, and it makes what the code expects."""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from pydantic import SecretStr
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from ops.journal import database
from ops.journal.tables import REVISION, WORDS, metadata
from ops.settings import Settings


def test_the_code_knows_the_newest_version() -> None:
    config = Config()
    folder = Path(database.__file__).with_name("migrations")
    config.set_main_option("script_location", str(folder))
    assert ScriptDirectory.from_config(config).get_current_head() == REVISION


async def test_the_migrations_make_the_tables_of_the_code(tmp_path: Path) -> None:
    engine = database.connect(f"sqlite+aiosqlite:///{tmp_path}/journal.db")
    await database.migrate(engine)
    await database.migrate(engine)  # the second time there is nothing to do

    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, metadata)
        return [one for one in found if WORDS not in str(one) and "remove_index" not in str(one)]

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
        assert (await connection.exec_driver_sql("PRAGMA journal_mode")).scalar() == "wal"
        assert (await connection.exec_driver_sql("PRAGMA synchronous")).scalar() == 2
    await engine.dispose()


def test_postgresql_understands_the_tables() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    for table in metadata.sorted_tables:
        assert "BIGINT" in str(CreateTable(table).compile(dialect=dialect))
        for index in table.indexes:
            assert str(CreateIndex(index).compile(dialect=dialect))


def test_the_address_gets_an_asynchronous_driver(tmp_path: Path) -> None:
    own = Settings(root=tmp_path)
    assert database.address(own) == f"sqlite+aiosqlite:///{tmp_path}/journal.db"
    given = Settings(root=tmp_path, database_url=SecretStr("postgresql://me:a%40b@db/home"))
    assert database.address(given) == "postgresql+asyncpg://me:a%40b@db/home"
