"""The accounts' tables: the code knows the newest version, and it makes what the code expects."""

from __future__ import annotations

import asyncio
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from ops import database
from ops.database import Tables
from ops.settings import Settings
from ops.users.book import opened
from ops.users.tables import REVISION, TABLES, metadata


def test_the_code_knows_the_newest_version() -> None:
    config = Config()
    config.set_main_option("script_location", str(TABLES.migrations))
    assert ScriptDirectory.from_config(config).get_current_head() == REVISION


async def test_the_migrations_make_the_tables_of_the_code(tmp_path: Path) -> None:
    engine = database.connect(database.home(Settings(root=tmp_path)))
    await database.migrate(engine, TABLES)
    await database.migrate(engine, TABLES)  # the second time there is nothing to do

    def differences(connection: Connection) -> list[object]:
        options = {"compare_type": True, "version_table": TABLES.versions}
        return list(
            compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
        )

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
        found = await connection.scalar(text(f"SELECT version_num FROM {TABLES.versions}"))
        assert found == REVISION
    await engine.dispose()
    assert (tmp_path / "home.db").stat().st_mode & 0o777 == 0o600


async def test_processes_that_begin_at_once_do_not_get_in_each_others_way(tmp_path: Path) -> None:
    here = Settings(root=tmp_path)

    async def look() -> int:
        async with opened(here) as book:
            return await book.number()

    assert await asyncio.gather(*(look() for _ in range(4))) == [0] * 4


async def test_other_slices_keep_their_own_in_the_same_file(tmp_path: Path) -> None:
    engine = database.connect(database.home(Settings(root=tmp_path)))
    other = Tables("others", metadata, REVISION, TABLES.migrations, "others_version")
    await database.migrate(engine, TABLES)
    assert await database.ready(engine, TABLES.versions)
    assert not await database.ready(engine, other.versions)
    await engine.dispose()
