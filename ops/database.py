"""SQL databases: files in which every commit is on the disk, or a PostgreSQL of the owner's.

Each slice that keeps something has its own tables and its own versions of them, also where
several slices share one file.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, MetaData, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ops.settings import Settings
from schemas.errors import Refused

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}


_upgrading: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


class Unmigrated(Refused):
    """The database cannot be brought to the version this code works with."""

    code = "unmigrated"


@dataclass(frozen=True)
class Tables:
    """The tables of one slice.

    Attributes:
        name: what people read when they cannot be used.
        metadata: the tables.
        revision: the version of them that this code works with, the newest in `migrations`.
        migrations: the folder Alembic works in.
        versions: the table in which Alembic notes the version.
    """

    name: str
    metadata: MetaData
    revision: str
    migrations: Path
    versions: str


def home(settings: Settings) -> str:
    """Return the address of the file for what is about this home: its people, their settings."""
    return f"sqlite+aiosqlite:///{settings.root / 'home.db'}"


def given(url: str) -> str:
    """Return an owner's address with an asynchronous driver, credentials included."""
    found = make_url(url)
    driver = DRIVERS.get(found.drivername, found.drivername)
    return found.set(drivername=driver).render_as_string(hide_password=False)


def connect(where: str) -> AsyncEngine:
    """Return an engine; nothing is opened yet.

    Raises:
        Unmigrated: the driver for this address is not installed.
    """
    url = make_url(where)
    try:
        engine = create_async_engine(url)
    except ModuleNotFoundError as error:
        raise Unmigrated(f"DATABASE_URL needs a library that is missing: {error.name}.") from None
    if url.get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "connect", _careful)
    return engine


def _careful(connection: Any, _: Any) -> None:
    """Let a commit return when it is on the disk, and let readers and the writer not wait."""
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 5000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def exists(where: str) -> bool:
    """Whether there is anything to read: asking must not make an empty file."""
    url = make_url(where)
    return url.get_backend_name() != "sqlite" or Path(url.database or "").exists()


async def migrate(engine: AsyncEngine, tables: Tables) -> None:
    """Bring a slice's tables to this code's version, all of it or nothing.

    Raises:
        Unmigrated: that is not possible; the sentence says why.
    """
    url = engine.url
    if url.get_backend_name() == "sqlite" and url.database:
        _make(url.database)
    try:
        # Alembic keeps what it works on in its module: two upgrades in one process would mix.
        lock = _upgrading.setdefault(asyncio.get_running_loop(), asyncio.Lock())
        async with lock, engine.begin() as connection:
            if await connection.run_sync(_revision, tables) == tables.revision:
                return
            if url.get_backend_name() == "sqlite":
                await connection.exec_driver_sql("BEGIN IMMEDIATE")
            await connection.run_sync(_upgrade, tables)
    except (SQLAlchemyError, OSError) as error:
        raise Unmigrated(f"The {tables.name}'s database cannot be used: {error}") from error


def _make(path: str) -> None:
    """Make the file so that nobody but its owner reads it; SQLite gives its others the same mode.

    A file that exists is not opened here: closing it would take from SQLite, in this process,
    every lock it holds on it, and another process would then remove the log we write to.
    """
    with contextlib.suppress(FileExistsError):
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        os.close(os.open(path, flags, 0o600))


def _revision(connection: Connection, tables: Tables) -> str | None:
    if not inspect(connection).has_table(tables.versions):
        return None
    found: str | None = connection.scalar(text(f"SELECT version_num FROM {tables.versions}"))  # noqa: S608 - a name of ours
    return found


def _upgrade(connection: Connection, tables: Tables) -> None:
    # Needed once a version: a process that finds its database up to date is the smaller for it.
    from alembic.command import upgrade  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(tables.migrations))
    config.attributes["connection"] = connection
    config.attributes["tables"] = tables
    try:
        upgrade(config, "head")
    except CommandError as error:
        raise Unmigrated(f"The {tables.name}'s database is of another version: {error}") from error


async def ready(engine: AsyncEngine, table: str) -> bool:
    """Whether a table is there."""
    async with engine.connect() as connection:
        return await connection.run_sync(lambda sync: inspect(sync).has_table(table))
