"""Where the journal is written: a file in the state folder, or a PostgreSQL of the owner's."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from ops import database
from ops.database import Tables, Unmigrated, connect, exists
from ops.journal.tables import REVISION, journal, metadata
from ops.settings import Settings

__all__ = ["Unmigrated", "address", "connect", "exists", "file", "migrate", "ready"]

TABLES = Tables(
    name="journal",
    metadata=metadata,
    revision=REVISION,
    migrations=Path(__file__).with_name("migrations"),
    versions="alembic_version",
)


def file(settings: Settings) -> Path:
    """Where the journal is unless DATABASE_URL says otherwise."""
    return settings.root / "journal.db"


def address(settings: Settings) -> str:
    """Return the database's address with an asynchronous driver, credentials included."""
    if settings.database_url is None:
        return f"sqlite+aiosqlite:///{file(settings)}"
    return database.given(settings.database_url.get_secret_value())


async def migrate(engine: AsyncEngine) -> None:
    """Bring the journal to this code's version, all of it or nothing.

    Raises:
        Unmigrated: that is not possible; the sentence says why.
    """
    await database.migrate(engine, TABLES)


async def ready(engine: AsyncEngine) -> bool:
    """Whether the table is there."""
    return await database.ready(engine, journal.name)
