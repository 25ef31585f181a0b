"""Does a backup hold what it should, and would it come back to life: tried, not believed."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from gateways.vaults.age import Damaged
from ops.backups.contents import DATABASES, JOURNAL, REDIS, Manifest
from ops.backups.offline import serving
from ops.backups.opening import Opener
from ops.backups.service import Progress, quiet
from ops.backups.space import require, told
from ops.backups.unpack import Unpacking
from streams.embedded import find_engine
from streams.offline import lay
from streams.store import connect


@dataclass(frozen=True)
class Verified:
    """What a good backup holds.

    Attributes:
        manifest: its last page.
        keys: how many keys its Redis has; None if there is none in it.
        rows: whether its journal was checked.
    """

    manifest: Manifest
    keys: int | None
    journal: bool


def verify(
    path: Path, opener: Opener, *, server: Path | None = None, progress: Progress = quiet
) -> Verified:
    """Open a backup, check every digest, load its Redis, check its journal.

    What must be written for that goes to a private folder for temporary files, and is removed.

    Args:
        path: the file.
        opener: what opens it.
        server: the Redis program; found by itself unless given.
        progress: told how far it is.

    Raises:
        WrongKey, Damaged, Unreadable: it is not good; one sentence says why.
        NoRoom: there is too little room to try.
    """
    work = Path(tempfile.mkdtemp(prefix="nexus-verify-"))
    try:
        with told(work):
            if path.is_file():
                require((work, path.stat().st_size))
            tried = Unpacking(work, lambda member: member.name in {REDIS, *DATABASES}, progress)
            manifest = tried.run(path, opener)
            journal = {name: check_database(work / name) for name in DATABASES}[JOURNAL]
            progress("redis", 0, 1)
            keys = asyncio.run(_count(work, server)) if (work / REDIS).exists() else None
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return Verified(manifest, keys, journal)


async def _count(work: Path, server: Path | None) -> int:
    lay(work / REDIS, work / "redis")
    async with serving(find_engine(binary=server), work / "redis") as address:
        redis = connect(address)
        try:
            return int(await redis.dbsize())
        finally:
            await redis.aclose()


def check_database(file: Path) -> bool:
    """Return whether there is a database.

    Raises:
        Damaged: there is one, and SQLite finds fault with it.
    """
    if not file.exists():
        return False
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as database:
            said = database.execute("PRAGMA integrity_check").fetchall()
    except sqlite3.Error as error:
        raise Damaged(f"{file.name} in the backup cannot be read: {error}.") from None
    if said != [("ok",)]:
        raise Damaged(f"{file.name} in the backup is damaged: {said[0][0]}.")
    return True
