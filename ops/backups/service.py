"""Backups: made while the server runs, listed, kept in a bounded number."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from gateways.vaults.age import Damaged
from ops import runstate
from ops.addresses import url
from ops.backups import box
from ops.backups.collect import Collection
from ops.backups.contents import CONFIG, JOURNAL, MANIFEST, REDIS, Cover, Manifest
from ops.backups.offline import serving
from ops.backups.opening import Sealing, series
from ops.backups.space import require, told
from ops.backups.tape import END, Tape
from ops.settings import Settings
from schemas.base import now_ms
from schemas.errors import Conflict, NotFound, Refused
from streams import snapshot
from streams.embedded import find_engine

Progress = Callable[[str, int, int], None]
"""Told what is being done, and how much of how much of it is."""


def quiet(_what: str, _done: int, _all: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Made:
    """A backup that was made.

    Attributes:
        path: the file.
        cover: what stands outside on it.
        size: its bytes.
        files: how many files are in it.
        left_out: what could not be in it.
        torn: files that changed while they were read.
        removed: older backups that went for it.
    """

    path: Path
    cover: Cover
    size: int
    files: int
    left_out: tuple[str, ...]
    torn: tuple[str, ...]
    removed: tuple[Path, ...]


def folder_of(root: Path) -> Path:
    """Return where backups go unless told otherwise."""
    return root / "backups"


def create(
    settings: Settings,
    sealing: Sealing,
    *,
    to: Path | None = None,
    keep: int | None = None,
    progress: Progress = quiet,
) -> Made:
    """Make a backup; the server may run, under whatever load.

    All that was acknowledged before the call is in it. Redis is copied first and the journal
    after it, so that the journal knows at least what Redis believes it does.

    Args:
        settings: of the server.
        sealing: what it is sealed with.
        to: the folder it goes to; made if need be. The state folder's own unless given.
        keep: how many backups of this server stay there, this one counted; all unless given.
        progress: told how far it is.

    Raises:
        Refused: there is nothing to back up, or the Redis is not ours.
        NoCopy: Redis cannot write its copy.
        NoRoom: a disk is too small.
    """
    root = settings.root
    if settings.redis_url is not None:
        raise Refused(
            "The durable Redis is a server of yours (REDIS_URL): make its backups where it runs;"
            " `nexus backup` copies only a private one."
        )
    if not (root / CONFIG).exists() and not _has_redis(root):
        raise NotFound(f"There is nothing to back up in {root}.")
    target = to or folder_of(root)
    with told(target):
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _workplace(root) as copies, told(root):
        redis = asyncio.run(_copy_redis(settings, copies, progress))
        progress("journal", 0, 1)
        _copy_journal(root, copies)
        return _pack(Collection(root, copies), sealing, target, redis, keep, progress)


def _pack(
    collection: Collection,
    sealing: Sealing,
    target: Path,
    redis: str,
    keep: int | None,
    progress: Progress,
) -> Made:
    files, size = collection.size()
    # Each file takes a header and on average half a block, and a line on the last page.
    require((target, size + files * 1_200))
    made_at = now_ms()
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(made_at / 1000)) + f"{made_at % 1000:03}Z"
    name = f"nexus-{series(collection.root)}-{stamp}"
    cover = Cover(
        name=name,
        made_at=made_at,
        nexus=ours(),
        sealed=sealing.how,
        recipient=sealing.recipient,
    )
    done = 0

    def written(count: int) -> None:
        nonlocal done
        done += count
        progress("files", done, max(size, done))

    tape = Tape(written)
    path, part = target / f"{name}.tar", target / f".{name}.part"
    try:
        with told(target):
            handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            with os.fdopen(handle, "wb") as file:
                pieces = _everything(collection, tape, cover, redis)
                box.write(file, cover, sealing.locked, pieces)
                file.flush()
                os.fsync(handle)
            size = part.stat().st_size
            part.rename(path)
            _sync(target)
    finally:
        part.unlink(missing_ok=True)
    removed = forget(target, name, keep) if keep else ()
    left_out, torn = tuple(collection.left_out), tuple(tape.torn)
    return Made(path, cover, size, len(tape.kept), left_out, torn, removed)


def _everything(collection: Collection, tape: Tape, cover: Cover, redis: str) -> Iterator[bytes]:
    yield from collection.blocks(tape)
    manifest = Manifest(
        name=cover.name,
        made_at=cover.made_at,
        nexus=cover.nexus,
        redis=redis,
        counts={"files": len(tape.kept), "bytes": sum(one.size for one in tape.kept)},
        left_out=tuple(collection.left_out),
        kept=tuple(tape.kept),
    )
    yield from tape.bytes(MANIFEST, manifest.model_dump_json().encode(), cover.made_at // 1000)
    yield END


async def _copy_redis(settings: Settings, copies: Path, progress: Progress) -> str:
    """Put a copy of Redis into `copies`; return the version that wrote it, '' for no data."""
    root = settings.root
    progress("redis", 0, 1)
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
        if not _has_redis(root):
            return ""
        engine = find_engine(binary=settings.streams.redis_server)
        async with serving(engine, root / "redis", keep=[lock]) as address:
            return await _take(address, root, copies)
    finally:
        os.close(lock)


async def _take(address: str, root: Path, copies: Path) -> str:
    data = root / "redis" / "durable"
    about = await snapshot.about(address)
    journal = root / JOURNAL
    size = journal.stat().st_size if journal.is_file() else 0
    require((copies, size), (data, about.size))
    copy = await snapshot.take(address, data)
    shutil.move(copy, copies / REDIS)
    return about.version


def _copy_journal(root: Path, copies: Path) -> None:
    """Copy the journal in one piece while others write it (SQLite's online backup)."""
    journal = root / JOURNAL
    if not journal.is_file():
        return
    try:
        with (
            closing(sqlite3.connect(f"{journal.as_uri()}?mode=ro", uri=True, timeout=30)) as one,
            closing(sqlite3.connect(copies / JOURNAL)) as other,
        ):
            one.backup(other)
            # A file by itself: what else SQLite would lay beside it is not in the archive.
            other.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise Damaged(f"The journal {journal} cannot be copied: {error}.") from error


def _has_redis(root: Path) -> bool:
    return (root / "redis" / "durable" / "aof").is_dir()


@contextmanager
def _workplace(root: Path) -> Iterator[Path]:
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


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def forget(folder: Path, newest: str, keep: int) -> tuple[Path, ...]:
    """Remove the oldest backups of one server; another's in the same folder are not touched.

    Args:
        folder: where they are.
        newest: the name of the one just made, which stays.
        keep: how many stay.
    """
    found = box.NAME.fullmatch(newest)
    assert found
    mine = sorted(
        path
        for path in folder.glob(f"nexus-{found['series']}-*.tar")
        if box.NAME.fullmatch(path.stem) and path.stem <= newest
    )
    gone = tuple(mine[: max(len(mine) - max(keep, 1), 0)])
    for path in gone:
        path.unlink(missing_ok=True)
    return gone


@dataclass(frozen=True)
class Listed:
    """A backup in a folder.

    Attributes:
        path: the file.
        size: its bytes.
        cover: what stands outside on it; None if it cannot be read.
        fault: why not.
    """

    path: Path
    size: int
    cover: Cover | None
    fault: str = ""


def listing(folder: Path) -> list[Listed]:
    """Return the backups in a folder, the newest first, by what stands outside on them."""
    found = []
    for path in folder.glob("nexus-*.tar"):
        size = path.stat().st_size
        try:
            cover = box.look(path)
            box.named_rightly(path, cover.name)
            found.append(Listed(path, size, cover))
        except Refused as error:
            found.append(Listed(path, size, None, str(error)))
    return sorted(found, key=lambda one: one.cover.made_at if one.cover else 0, reverse=True)


def ours() -> str:
    """Return the version of this distribution."""
    try:
        return version("livos")
    except PackageNotFoundError:
        return "unknown"
