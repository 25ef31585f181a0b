"""What this server is: its release, what it runs on, and how much room its state takes."""

from __future__ import annotations

import asyncio
import os
import platform
from collections.abc import Iterator
from pathlib import Path

from ops import release
from ops.panel.guide import Guide
from schemas.errors import Transient
from schemas.panel import AboutShown
from streams.checkup import Checkup

LICENCE = "MIT"
MOST_FILES = 20_000
"""Of a state folder that is measured: to look at more takes longer than somebody waits."""


class About:
    """Says what this server is.

    Args:
        root: the state folder.
        redis: asks the durable server how it is.
        guide: the pages that ship with it.
    """

    def __init__(self, root: Path, redis: Checkup, guide: Guide) -> None:
        self._root, self._redis, self._guide = root, redis, guide

    async def shown(self) -> AboutShown:
        """Return all of it; what cannot be known now is left empty."""
        size, commit, pages = await asyncio.to_thread(
            lambda: (measured(self._root), release.commit(), self._guide.listed())
        )
        return AboutShown(
            version=release.version(),
            commit=commit,
            licence=LICENCE,
            python=platform.python_version(),
            redis=await self._redis_version(),
            state=str(self._root),
            state_bytes=size,
            guide=pages,
        )

    async def _redis_version(self) -> str:
        try:
            return (await self._redis.look()).version
        except Transient:
            return ""


def measured(folder: Path, most: int = MOST_FILES) -> int | None:
    """Return the bytes that a folder takes on its disk; None where it holds too many files.

    Args:
        folder: what is measured.
        most: files that are looked at.
    """
    total = 0
    for count, found in enumerate(_inside(folder)):
        if count >= most:
            return None
        total += found.st_blocks * 512
    return total


def _inside(folder: Path) -> Iterator[os.stat_result]:
    """Everything below a folder; what is not to be read, or is gone meanwhile, is left out."""
    todo = [str(folder)]
    while todo:
        try:
            entries = list(os.scandir(todo.pop()))
        except OSError:
            continue
        for entry in entries:
            try:
                yield entry.stat(follow_symlinks=False)
            except OSError:
                continue
            if entry.is_dir(follow_symlinks=False):
                todo.append(entry.path)
