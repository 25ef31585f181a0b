"""Consistent copies of what changes all the time: Redis and the databases."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from gateways.vaults.age import Damaged
from ops import runstate
from ops.addresses import url
from ops.backups.contents import DATABASES, REDIS
from ops.backups.offline import serving
from ops.backups.space import require
from ops.settings import Settings
from schemas.errors import Conflict
from streams import snapshot
from streams.embedded import find_engine


async def redis(settings: Settings, copies: Path) -> snapshot.About | None:
    """Put a copy of Redis into `copies`; return what it is of; None if there is no data."""
    root = settings.root
    if runstate.running(root) is not None:
        try:
            address = url(settings, "durable", "backup")
        except FileNotFoundError:
            raise Conflict(
                "The server that runs here knows no backups yet; restart it with `nexus down`"
                " and `nexus up`."
            ) from None
        return await _take(address, root, copies)
    lock = runstate.lock(root)
    try:
        if not has_redis(root):
            return None
        engine = find_engine(binary=settings.streams.redis_server)
        async with serving(engine, root / "redis", keep=[lock]) as address:
            return await _take(address, root, copies)
    finally:
        os.close(lock)


async def _take(address: str, root: Path, copies: Path) -> snapshot.About:
    data = root / "redis" / "durable"
    about = await snapshot.about(address)
    books = [root / name for name in DATABASES]
    size = sum(book.stat().st_size for book in books if book.is_file())
    require((copies, size), (data, about.size))
    copy = await snapshot.take(address, data)
    shutil.move(copy, copies / REDIS)
    return about


def database(root: Path, name: str, copies: Path) -> None:
    """Copy a database in one piece while others write it (SQLite's online backup)."""
    book = root / name
    if not book.is_file():
        return
    try:
        with (
            closing(sqlite3.connect(f"{book.as_uri()}?mode=ro", uri=True, timeout=30)) as one,
            closing(sqlite3.connect(copies / name)) as other,
        ):
            one.backup(other)
            # A file by itself: what else SQLite would lay beside it is not in the archive.
            other.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise Damaged(f"The database {book} cannot be copied: {error}.") from error


def has_redis(root: Path) -> bool:
    """Whether a server ever ran in this state folder."""
    return (root / "redis" / "durable" / "aof").is_dir()


@contextmanager
def workplace(root: Path) -> Iterator[Path]:
    """Give one backup at a time a folder for its copies; nothing of it stays behind."""
    copies = root / ".backup"
    copies.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(copies, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _empty(copies)  # of one that was killed
        try:
            yield copies
        finally:
            _empty(copies)
            copies.rmdir()
    except BlockingIOError:
        raise Conflict(f"A backup of {root} is being made already.") from None
    finally:
        os.close(handle)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
