"""Is there room enough: asked before anything is written, answered in one sentence."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from processors.tools.wording import sized
from schemas.errors import Transient

MARGIN = 16 << 20
"""Bytes that stay free: a Redis that cannot write its log ends."""


class NoRoom(Transient):
    """The disk is too small."""

    code = "no_room"


def words(size: int) -> str:
    """Return a size as a person says it: in the words of the agent's tools."""
    return sized(size)


def require(*wanted: tuple[Path, int]) -> None:
    """Make sure that each folder's disk has room for what goes there.

    Args:
        *wanted: folder and bytes; two folders on one disk are taken together.

    Raises:
        NoRoom: it has not.
    """
    together: dict[int, tuple[Path, int]] = {}
    for folder, size in wanted:
        disk = folder.stat().st_dev
        known = together.get(disk, (folder, 0))
        together[disk] = (known[0], known[1] + size)
    for folder, size in together.values():
        found = os.statvfs(folder)
        free = found.f_bavail * found.f_frsize
        if size + MARGIN > free:
            raise NoRoom(
                f"There is too little room in {folder}: {words(size + MARGIN)} are needed, and"
                f" {words(free)} are free."
            )


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """Say in one sentence that a disk became full, or may not be written, while it was used."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT} or "No space left" in str(error):
            raise NoRoom(f"The disk of {folder} became full; nothing was changed.") from error
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
            where = error.filename or folder
            raise NoRoom(f"{where} may not be written: {error.strerror}.") from error
        raise
