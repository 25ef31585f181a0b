"""Brings a backup back: all of it is ready and checked before anything changes its place."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from ops import config, ownership, runstate, secrets
from ops.backups.agreement import agree
from ops.backups.contents import CONFIG, DATABASES, FOLDERS, HOME, REDIS, Manifest
from ops.backups.offline import serving
from ops.backups.opening import Opener
from ops.backups.service import Progress, quiet
from ops.backups.space import require, told
from ops.backups.unpack import Unpacking
from ops.backups.verify import check_database
from ops.vacancy import Vacancy
from processors.pipeline import ELSEWHERE, STAGES
from schemas.errors import Conflict, NotFound
from streams import epoch
from streams.embedded import find_engine
from streams.extent import Extent
from streams.offline import lay
from streams.sign import Gateway
from streams.store import connect
from streams.voice import HOUSE, Voice

OURS = ("lock", "backups", ".backup", ".restoring")
"""What may be in a folder that counts as empty, and stays where it is."""
ASIDE = "before-"
"""How the folder begins to which a restore moves what was there."""


class NotEmpty(Conflict):
    """The state folder has something in it."""

    code = "not_empty"


@dataclass(frozen=True)
class Restored:
    """What a restore did.

    Attributes:
        manifest: the last page of the backup.
        epoch: what the new epoch began with; None without Redis data.
        aside: where the earlier contents are now; None if there were none.
    """

    manifest: Manifest
    epoch: epoch.Epoch | None
    aside: Path | None


def restore(
    path: Path,
    root: Path,
    opener: Opener,
    *,
    force: bool = False,
    progress: Progress = quiet,
) -> Restored:
    """Bring a backup back into a state folder, where the server can be started then.

    A new epoch begins: what was under way when the backup was made is at the dead-letter desk
    afterwards, and nothing of it goes on without the owner.

    Args:
        path: the file.
        root: the state folder; made if need be.
        opener: what opens it.
        force: move aside what is in the folder, instead of refusing.
        progress: told how far it is.

    Raises:
        AlreadyRunning: a server runs in that folder.
        NotEmpty: something is in it, and `force` was not given.
        WrongKey, Damaged, Unreadable: the backup is not good; the folder is as it was.
        NoRoom: the disk is too small; the folder is as it was.
    """
    if not path.is_file():
        raise NotFound(f"There is no backup {path}.")
    before = Vacancy.of(root)
    with told(root):
        lock = runstate.lock(root, restoring=True)
    before = before.under_lock()
    try:
        there = _contents(root)
        if there and not force:
            raise NotEmpty(
                f"{root} is not empty ({', '.join(one.name for one in there[:3])} …); with --force"
                " its contents are moved aside."
            )
        work = root / ".restoring"
        shutil.rmtree(work, ignore_errors=True)
        try:
            with told(root):
                require((root, path.stat().st_size))
                fresh = work / "fresh"
                fresh.mkdir(mode=0o700, parents=True)
                manifest = Unpacking(fresh, progress=progress).run(path, opener)
                for name in DATABASES:
                    check_database(fresh / name)
                # A login that has ended since must not be alive again.
                ownership.forget_logins(fresh / HOME)
                progress("redis", 0, 1)
                found = asyncio.run(_begin_anew(fresh, manifest, lock))
                os.sync()
                aside = _exchange(root, fresh)
        finally:
            if not runstate.exchange(root).exists():
                shutil.rmtree(work, ignore_errors=True)
    except BaseException:
        if not runstate.exchange(root).exists():
            before.leave()
        raise
    finally:
        os.close(lock)
    return Restored(manifest, found, aside)


def _contents(root: Path) -> list[Path]:
    return sorted(
        one for one in root.iterdir() if one.name not in OURS and not one.name.startswith(ASIDE)
    )


def _program(fresh: Path) -> Path | None:
    """Return the Redis program that the restored settings name, if this machine has it."""
    try:
        named = config.load(fresh).streams.redis_server
    except config.BadSetting:
        return None  # `nexus up` will say what is wrong with them
    return named if named and named.is_file() else None


async def _begin_anew(fresh: Path, manifest: Manifest, lock: int) -> epoch.Epoch | None:
    if not (fresh / REDIS).exists():
        return None
    lay(fresh / REDIS, fresh / "redis")
    engine = find_engine(binary=_program(fresh))
    async with serving(engine, fresh / "redis", keep=[lock]) as address:
        redis = connect(address)
        try:
            await agree(Extent(redis), fresh)
            # With the key that the restored server has: it came with the backup.
            voice = Voice(Gateway(HOUSE, secrets.gateway_keys(fresh, HOUSE)[0], frozenset()))
            return await epoch.begin(redis, (*STAGES, *ELSEWHERE), manifest.made_at, voice)
        finally:
            await redis.aclose()


def _exchange(root: Path, fresh: Path) -> Path | None:
    """Move what is there aside, and what came in into its place.

    A note says that this is going on: cut off here, the server does not start with half of it.
    """
    note = runstate.exchange(root)
    aside: Path | None = root / time.strftime(f"{ASIDE}%Y%m%dT%H%M%SZ", time.gmtime())
    there = _contents(root)
    note.touch(mode=0o600)
    _settle(note.parent)
    if there:
        assert aside
        while aside.exists():
            aside = aside.with_name(f"{aside.name}x")
        aside.mkdir(mode=0o700)
        for one in there:
            one.rename(aside / one.name)
    for name in (CONFIG, *FOLDERS, *DATABASES, "redis"):
        if (fresh / name).exists():
            (fresh / name).rename(root / name)
    _settle(root)
    note.unlink()
    return aside if there else None


def _settle(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
