"""What was replaced or removed in the workspace is kept for a while, so that it can come back."""

from __future__ import annotations

import ctypes
import json
import os
import re
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from schemas.errors import Conflict, NotFound

FOLDER = ".kept"
KEEP_DAYS = 30
"""Days after which what was kept is gone."""
_ID = re.compile(r"[0-9a-f]{8,64}")
_DOWN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NO_REPLACE = 1
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Kept:
    """What stood at a path before a change.

    Attributes:
        path: where it stood, below the workspace.
        absent: nothing stood there.
        at: when it was kept, in seconds since 1970.
    """

    path: str
    absent: bool
    at: float


class Bin:
    """The folder of what is kept, each under the id of the change that put it there.

    A change that is done again under the same id, because nobody knows whether it was done, finds
    what the first one kept and leaves it as it is.

    Args:
        root: a handle of the workspace; it stays the caller's.
    """

    def __init__(self, root: int) -> None:
        self._root = root

    def keep(self, change: str, folder: int, name: str, path: str, *, take: bool) -> Kept:
        """Keep what stands at a place now, if the change has not kept it already.

        Args:
            change: the change's id.
            folder: a handle of the folder it stands in.
            name: its name there.
            path: the same as a path, to know where it belongs.
            take: move it away; otherwise it stays, and is kept beside.
        """
        with self._open() as kept:
            about = self._note(kept, change, folder, name, path)
            if about.absent or self._has(kept, change):
                return about
            with suppress(FileNotFoundError):
                if take:
                    move(folder, name, kept, f"{change}.item")
                else:
                    os.link(
                        name, f"{change}.item",
                        src_dir_fd=folder, dst_dir_fd=kept, follow_symlinks=False,
                    )  # fmt: skip
            os.fsync(kept)
            return about

    def about(self, change: str) -> Kept:
        """Return what a change kept.

        Raises:
            NotFound: it kept nothing, or that is gone by now.
        """
        with self._open() as kept:
            return self._read(kept, change)

    def holds(self, change: str) -> bool:
        """Whether the thing itself is still kept."""
        with self._open() as kept:
            return self._has(kept, change)

    def knows(self, change: str) -> bool:
        """Whether a change has begun."""
        with self._open() as kept:
            return exists(kept, f"{change}.json")

    def content(self, change: str) -> bytes | None:
        """Return the content of the file that a change kept; None if it kept none."""
        with self._open() as kept:
            try:
                handle = os.open(
                    f"{change}.item", os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=kept
                )
            except FileNotFoundError:
                return None
            with os.fdopen(handle, "rb") as file:
                return file.read()

    def give(self, change: str, folder: int, name: str) -> None:
        """Put what a change kept at a place where nothing stands.

        Raises:
            NotFound: it is not kept any more.
            Conflict: something stands there.
        """
        with self._open() as kept:
            if not self._has(kept, change):
                raise NotFound("What stood there before is not kept any more.")
            move(kept, f"{change}.item", folder, name)

    def prune(self, *, everything: bool = False) -> None:
        """Forget what is too old; or everything, where there is no room.

        Args:
            everything: the oldest are not enough.
        """
        until = time.time() - KEEP_DAYS * 86_400
        with self._open(make=False) as kept:
            for entry in sorted(os.listdir(kept)) if kept >= 0 else ():
                about = os.stat(entry, dir_fd=kept, follow_symlinks=False)
                if not everything and about.st_ctime > until:
                    continue
                if stat.S_ISDIR(about.st_mode):
                    shutil.rmtree(entry, dir_fd=kept)
                else:
                    os.unlink(entry, dir_fd=kept)

    @contextmanager
    def _open(self, *, make: bool = True) -> Iterator[int]:
        if make:
            with suppress(FileExistsError):
                os.mkdir(FOLDER, 0o700, dir_fd=self._root)
        try:
            handle = os.open(FOLDER, _DOWN, dir_fd=self._root)
        except FileNotFoundError:
            yield -1
            return
        try:
            yield handle
        finally:
            os.close(handle)

    def _note(self, kept: int, change: str, folder: int, name: str, path: str) -> Kept:
        try:
            return self._read(kept, change)
        except NotFound:
            absent = not exists(folder, name)
        about = Kept(path, absent, time.time())
        written = json.dumps({"path": path, "absent": absent, "at": about.at}).encode()
        draft = f".{change}.part"
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(draft, flags, 0o600, dir_fd=kept)
        try:
            os.write(handle, written)
            os.fsync(handle)
        finally:
            os.close(handle)
        os.rename(draft, f"{change}.json", src_dir_fd=kept, dst_dir_fd=kept)
        return about

    @staticmethod
    def _read(kept: int, change: str) -> Kept:
        if not _ID.fullmatch(change):
            raise NotFound("Nothing is kept under that name.")
        try:
            handle = os.open(
                f"{change}.json", os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=kept
            )
        except FileNotFoundError:
            raise NotFound("Nothing is kept under that name, or it is gone by now.") from None
        with os.fdopen(handle, "rb") as file:
            found = json.loads(file.read(65_536))
        return Kept(str(found["path"]), bool(found["absent"]), float(found["at"]))

    @staticmethod
    def _has(kept: int, change: str) -> bool:
        return exists(kept, f"{change}.item")


def exists(folder: int, name: str) -> bool:
    """Whether something has that name, a link too."""
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def move(folder: int, name: str, other: int, new: str) -> None:
    """Give something another name; what has that name already is never replaced (renameat2(2)).

    Raises:
        Conflict: something has the new name.
        OSError: as the system says.
    """
    ended = _libc.renameat2(folder, os.fsencode(name), other, os.fsencode(new), _NO_REPLACE)
    if ended != 0:
        number = ctypes.get_errno()
        if number == 17:  # EEXIST
            raise Conflict(f"{new} is there already.")
        raise OSError(number, os.strerror(number), name)
