"""Looking for files by name and by content, bounded in entries, depth, bytes and time."""

from __future__ import annotations

import os
import stat
import time
from collections import deque
from dataclasses import dataclass, field, replace
from pathlib import Path

from gateways.machines.filesystem import Files, Parts, kind_of, reopened
from schemas.errors import Expected, Invalid


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a search goes; whatever is reached first ends it, and it says so."""

    matches: int = 50
    entries: int = 100_000
    depth: int = 40
    file_bytes: int = 2_000_000
    """Of each file; the rest of a longer one is not looked at."""
    total_bytes: int = 200_000_000
    seconds: float = 8.0


@dataclass(frozen=True, slots=True)
class Match:
    """A file or folder that fits; `line` counts from 1 and is set for content."""

    path: str
    kind: str
    size: int
    line: int | None = None
    excerpt: str | None = None


@dataclass(slots=True)
class Found:
    """What came out, and how far the search went."""

    path: str
    matches: list[Match] = field(default_factory=list)
    entries: int = 0
    bytes: int = 0
    ended_by: str | None = None
    """The bound that ended it early; None when all was looked at."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: both must fit where both are given; case does not matter."""

    name: str = ""
    content: str = ""

    def folded(self) -> Wanted:
        """The same, ready to compare."""
        return replace(self, name=self.name.casefold(), content=self.content.casefold())


def search(files: Files, path: str, wanted: Wanted, bounds: Bounds | None = None) -> Found:
    """Look through a folder and all below it; blocks, so call it in a thread.

    Args:
        files: what is open.
        path: where to begin; "" is every open folder.
        wanted: what to look for; at least one of its fields.
        bounds: how far to go.

    Raises:
        Invalid: nothing is wanted, or `path` is not a folder.
        NotFound, Forbidden: as `Files`.
    """
    if not (wanted.name or wanted.content):
        raise Invalid("Say what to look for: a part of a name, or words in the file.")
    return Walk(files, starts(files, path), wanted.folded(), bounds or Bounds()).run()


def starts(files: Files, path: str) -> list[tuple[Path, Parts]]:
    """Return where a walk begins: at a folder, or at every open one where none is named.

    Raises:
        Invalid: `path` is not a folder.
        NotFound, Forbidden: as `Files`.
    """
    root, parts = files.locate(path)
    with files.reach(root, parts) as (_, about):
        if not stat.S_ISDIR(about.st_mode):
            raise Invalid(f"{root.joinpath(*parts)} is not a folder.")
    return [(root, parts)] if parts or path else [(each, ()) for each in files.roots]


class Walk:
    """One walk through folders; what is looked at there is for `consider` to say.

    Args:
        files: what is open.
        starts: where it begins.
        wanted: what is looked for.
        bounds: how far it goes.
    """

    def __init__(
        self, files: Files, starts: list[tuple[Path, Parts]], wanted: Wanted, bounds: Bounds
    ) -> None:
        self._files = files
        self._wanted = wanted
        self._bounds = bounds
        self._until = time.monotonic() + bounds.seconds
        self._found = Found(", ".join(str(root.joinpath(*parts)) for root, parts in starts))
        self._waiting = deque((root, parts, 0) for root, parts in starts)

    def run(self) -> Found:
        """Look through all of it, until a bound is reached."""
        # Breadth first: what a person means is more often near the top. Each folder is
        # reached anew from the root, so that no depth costs more than one open handle.
        while self._waiting and self._found.ended_by is None:
            self._folder(*self._waiting.popleft())
        return self._found

    def _folder(self, root: Path, parts: Parts, depth: int) -> None:
        try:
            with self._files.reach(root, parts) as (handle, about):
                if stat.S_ISDIR(about.st_mode):
                    self._entries(handle, root, parts, depth + 1)
        except (OSError, Expected):
            return  # Closed to us, or gone since it was seen: the search goes on beside it.

    def _entries(self, handle: int, root: Path, parts: Parts, depth: int) -> None:
        readable = reopened(handle)
        try:
            with os.scandir(readable) as listed:
                for entry in listed:
                    self._found.entries += 1
                    if self._ended():
                        return
                    below = (*parts, entry.name)
                    if self._files.is_protected(root, below):
                        continue
                    self.consider(handle, entry.name, root.joinpath(*below))
                    if depth <= self._bounds.depth and entry.is_dir(follow_symlinks=False):
                        self._waiting.append((root, below, depth))
        finally:
            os.close(readable)

    def _ended(self) -> bool:
        found, bounds = self._found, self._bounds
        if len(found.matches) >= bounds.matches:
            found.ended_by = f"{bounds.matches} matches"
        elif found.entries > bounds.entries:
            found.ended_by = f"{bounds.entries} entries"
        elif found.bytes >= bounds.total_bytes:
            found.ended_by = f"{bounds.total_bytes // 1_000_000} MB of content"
        elif time.monotonic() > self._until:
            found.ended_by = f"{bounds.seconds:g} seconds"
        return found.ended_by is not None

    def consider(self, folder: int, name: str, path: Path) -> None:
        """Look at one entry of a folder; note it if it fits."""
        if self._wanted.name and self._wanted.name not in name.casefold():
            return
        try:
            about = os.stat(name, dir_fd=folder, follow_symlinks=False)
            line, excerpt = None, None
            if self._wanted.content:
                if not stat.S_ISREG(about.st_mode):
                    return
                hit = self._line(folder, name)
                if hit is None:
                    return
                line, excerpt = hit
        except OSError:
            return
        self._found.matches.append(
            Match(str(path), kind_of(about.st_mode), about.st_size, line, excerpt)
        )

    def _line(self, folder: int, name: str) -> tuple[int, str] | None:
        """The first line that holds the wanted words; None for none, and for binary files."""
        handle = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return None  # Swapped for something else since it was listed.
            readable = reopened(handle)
            try:
                raw = os.pread(readable, self._bounds.file_bytes, 0)
            finally:
                os.close(readable)
        finally:
            os.close(handle)
        self._found.bytes += len(raw)
        if b"\x00" in raw[:8192]:
            return None
        text = raw.decode(errors="replace").casefold()
        at = text.find(self._wanted.content)
        if at < 0:
            return None
        start = text.rfind("\n", 0, at) + 1
        end = text.find("\n", at)
        number = text.count("\n", 0, at) + 1
        original = raw.decode(errors="replace").split("\n", number)[number - 1]
        shift = max(0, at - start - 80)
        return number, original[shift : shift + 200].strip() or text[start:end][:200]
