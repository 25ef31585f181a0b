"""The desktop's tables: the code knows the newest version, and it makes what the code expects."""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from ops import database
from ops.desktop.tables import TABLES, metadata
from ops.settings import Settings


async def test_the_migrations_make_the_tables_of_the_code(tmp_path: Path) -> None:
    engine = database.connect(database.home(Settings(root=tmp_path)))
    await database.migrate(engine, TABLES)

    def differences(connection: Connection) -> list[object]:
        options = {"compare_type": True, "version_table": TABLES.versions}
        return list(
            compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
        )

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()
