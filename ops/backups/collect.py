"""Finds what belongs into a backup, without following a link anywhere."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ops.backups.contents import CONFIG, DATABASES, FOLDERS, MOST_MEMBERS, REDIS, shown
from ops.backups.tape import Tape
from schemas.errors import TooMuch


@dataclass
class Collection:
    """What goes into one backup.

    Args:
        root: the state folder.
        copies: the folder with the copies of Redis and the databases.

    Attributes:
        left_out: what cannot be in it: links, sockets, files we may not read.
    """

    root: Path
    copies: Path
    left_out: list[str] = field(default_factory=list)

    def size(self) -> tuple[int, int]:
        """Return how many files there are and how many bytes they have, as of now.

        Raises:
            TooMuch: there are too many files.
        """
        files = size = 0
        for name in FOLDERS:
            for _, _, found, handle in self._walk(name):
                for one in found:
                    with suppress(FileNotFoundError):
                        size += os.stat(one, dir_fd=handle, follow_symlinks=False).st_size
                        files += 1
                if files > MOST_MEMBERS:
                    raise TooMuch(f"The workspace has more than {MOST_MEMBERS} files.")
        for path in (self.root / CONFIG, *(self.copies / name for name in (REDIS, *DATABASES))):
            if path.is_file():
                size += path.stat().st_size
                files += 1
        return files, size

    def blocks(self, tape: Tape) -> Iterator[bytes]:
        """Return the archive's blocks, without its end.

        Args:
            tape: makes them.
        """
        self.left_out.clear()
        copied = [(name, self.copies) for name in (REDIS, *DATABASES)]
        for name, folder in (*copied, (CONFIG, self.root)):
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                yield from self._file(tape, name, name, handle)
            finally:
                os.close(handle)
        for top in FOLDERS:
            for above, folders, files, handle in self._walk(top):
                yield from tape.folder(above, os.fstat(handle))
                for name in files:
                    yield from self._file(tape, f"{above}/{name}", name, handle)
                for name in folders:
                    with suppress(FileNotFoundError):
                        found = os.stat(name, dir_fd=handle, follow_symlinks=False)
                        if stat.S_ISLNK(found.st_mode):
                            self.left_out.append(shown(f"{above}/{name}"))

    def _walk(self, top: str) -> Iterator[tuple[str, list[str], list[str], int]]:
        # The owner may have laid these elsewhere by a link; inside them none is followed.
        start = (self.root / top).resolve()
        if not start.is_dir():
            return
        for above, folders, files, handle in os.fwalk(start, onerror=self._closed):
            folders.sort()
            files.sort()
            relative = os.path.relpath(above, start)
            yield (top if relative == "." else f"{top}/{relative}"), folders, files, handle

    def _closed(self, error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            self.left_out.append(shown(os.path.relpath(str(error.filename), self.root)))

    def _file(self, tape: Tape, name: str, within: str, folder: int) -> Iterator[bytes]:
        try:
            # Without O_NONBLOCK a pipe in the workspace would hold us for ever.
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            handle = os.open(within, flags, dir_fd=folder)
        except FileNotFoundError:
            return  # it was there a moment ago, or it is optional
        except OSError:
            self.left_out.append(shown(name))
            return
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(handle)
            if stat.S_ISREG(found.st_mode):
                yield from tape.file(name, file, found)
            else:
                self.left_out.append(shown(name))
