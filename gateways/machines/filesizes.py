"""Which files below a folder are the largest: bounded as a search is."""

from __future__ import annotations

import heapq
import os
import stat
from pathlib import Path

from gateways.machines.filesearch import Bounds, Found, Match, Walk, Wanted, starts
from gateways.machines.filesystem import Files, Parts


def largest(files: Files, path: str, count: int, bounds: Bounds | None = None) -> Found:
    """Look for the largest files in a folder and all below it; blocks, so call it in a thread.

    Args:
        files: what is open.
        path: where to begin; "" is every open folder.
        count: how many files.
        bounds: how far to go.

    Returns:
        What was found, the largest first.

    Raises:
        Invalid: `path` is not a folder.
        NotFound, Forbidden: as `Files`.
    """
    walk = _Sizes(files, starts(files, path), count, bounds or Bounds())
    found = walk.run()
    found.matches = [
        Match(where, "file", size) for size, where in sorted(walk.heap, key=lambda one: -one[0])
    ]
    return found


class _Sizes(Walk):
    def __init__(
        self, files: Files, starts: list[tuple[Path, Parts]], most: int, bounds: Bounds
    ) -> None:
        super().__init__(files, starts, Wanted(), bounds)
        self.most = most
        self.heap: list[tuple[int, str]] = []

    def consider(self, folder: int, name: str, path: Path) -> None:
        """Keep a file that is larger than the smallest kept."""
        try:
            about = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except OSError:
            return
        if not stat.S_ISREG(about.st_mode):
            return
        put = heapq.heappush if len(self.heap) < self.most else heapq.heappushpop
        put(self.heap, (about.st_size, str(path)))
