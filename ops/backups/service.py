"""Makes a backup while the server runs."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ops import release
from ops.backups import box, copies
from ops.backups.collect import Collection
from ops.backups.contents import CONFIG, DATABASES, MANIFEST, Cover, Manifest
from ops.backups.opening import Sealing, series
from ops.backups.shelf import forget
from ops.backups.space import require, told
from ops.backups.tape import END, Tape
from ops.settings import Settings
from schemas.base import now_ms
from schemas.errors import NotFound, Refused
from streams.snapshot import About

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
    removed: tuple[Path, ...] = ()


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
    if not (root / CONFIG).exists() and not copies.has_redis(root):
        raise NotFound(f"There is nothing to back up in {root}.")
    target = to or folder_of(root)
    with told(target):
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
    with copies.workplace(root) as place, told(root):
        progress("redis", 0, 1)
        redis = asyncio.run(copies.redis(settings, place))
        for name in DATABASES:
            progress(name.removesuffix(".db"), 0, 1)
            copies.database(root, name, place)
        made = _pack(Collection(root, place), sealing, target, redis, progress)
    if settings.database_url is not None:
        elsewhere = "the journal, which is in a database of yours (DATABASE_URL)"
        made = replace(made, left_out=(*made.left_out, elsewhere))
    if keep is None:
        return made
    return replace(made, removed=forget(target, made.cover.name, keep))


def _pack(
    collection: Collection,
    sealing: Sealing,
    target: Path,
    redis: About | None,
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
        nexus=release.version(),
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
    left_out, torn = tuple(collection.left_out), tuple(tape.torn)
    return Made(path, cover, size, len(tape.kept), left_out, torn)


def _everything(
    collection: Collection, tape: Tape, cover: Cover, redis: About | None
) -> Iterator[bytes]:
    yield from collection.blocks(tape)
    manifest = Manifest(
        name=cover.name,
        made_at=cover.made_at,
        nexus=cover.nexus,
        redis=redis.version if redis else "",
        epoch=redis.epoch if redis else 0,
        counts={"files": len(tape.kept), "bytes": sum(one.size for one in tape.kept)},
        left_out=tuple(collection.left_out),
        kept=tuple(tape.kept),
    )
    yield from tape.bytes(MANIFEST, manifest.model_dump_json().encode(), cover.made_at // 1000)
    yield END


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
