"""The agent's own folder: the one place where it may write without asking."""

from __future__ import annotations

import os
import secrets
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from schemas.errors import Forbidden, Invalid, Refused

MAX_BYTES = 1_000_000
"""Of one write."""
BLOCK = 4_096
"""Bytes that a file or folder takes beside its content: empty ones are not for nothing."""
MEGABYTE = 1 << 20
_DOWN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class WorkspaceFull(Refused):
    """The agent's folder has no room for what it wants to write."""

    code = "workspace_full"


class Workspace:
    """A folder that is written to by handle, so that no link leads out of it.

    Args:
        root: the folder; made when it is first written to.
        most_mb: how large it may become, in MB, whoever wrote what is in it.
        file_mb: how large one file may become, in MB.
    """

    def __init__(self, root: Path, *, most_mb: int = 1_024, file_mb: int = 64) -> None:
        self.root = root
        self._most = most_mb * MEGABYTE
        self._largest = file_mb * MEGABYTE
        self._measuring = threading.Lock()

    def write(self, path: str, text: str) -> str:
        """Replace a file's content in one step; the same call twice leaves the same file.

        Args:
            path: where, below the workspace; folders on the way are made.
            text: the whole content.

        Returns:
            the file's full path.

        Raises:
            Invalid: the path or the content does not fit.
            WorkspaceFull: there is no room for it.
            Forbidden: the path leads out of the workspace, or over a link.
        """
        data = _bytes(text)
        # The old content stays until the new one is whole.
        with self._room(path, len(data)), self._folder(path) as (folder, name):
            _no_link(folder, name)
            # A name of its own: another call may write the same file at the same time.
            draft = f".{secrets.token_hex(8)}.part"
            handle = os.open(
                draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=folder
            )
            try:
                try:
                    _all(handle, data)
                    os.fsync(handle)
                finally:
                    os.close(handle)
                os.rename(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
            except OSError:
                os.unlink(draft, dir_fd=folder)  # a full disk is not to be filled with drafts
                raise
            os.fsync(folder)
        return str(self.root / path)

    def append(self, path: str, text: str) -> str:
        """Add to the end of a file, in one write that is on the disk when this returns.

        Args:
            path: where, below the workspace.
            text: what to add.

        Returns:
            the file's full path.

        Raises:
            Invalid: the path does not fit.
            WorkspaceFull: there is no room for it, or the file would grow too large.
            Forbidden: the path leads out of the workspace, or over a link.
        """
        data = _bytes(text)
        with self._room(path, len(data)), self._folder(path) as (folder, name):
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK
            _no_link(folder, name)
            handle = os.open(name, flags | os.O_CLOEXEC, 0o600, dir_fd=folder)
            try:
                about = os.fstat(handle)
                if not stat.S_ISREG(about.st_mode):
                    raise Forbidden(f"{path} is not a regular file.")
                if about.st_size + len(data) > self._largest:
                    most = self._largest // MEGABYTE
                    raise WorkspaceFull(
                        f"{path} would grow beyond {most} MB, the most that one file may have"
                        " (files.workspace_file_mb); begin another one."
                    )
                _all(handle, data)
                os.fsync(handle)
            finally:
                os.close(handle)
        return str(self.root / path)

    @contextmanager
    def _room(self, path: str, size: int) -> Iterator[None]:
        """Make sure that so much more fits; nobody else writes until it is written."""
        more = size + BLOCK * (1 + path.count("/"))
        with self._measuring:
            used = self._used()
            if used + more > self._most:
                raise WorkspaceFull(
                    f"The workspace holds {used // MEGABYTE} MB of the {self._most // MEGABYTE} MB"
                    f" it may have (files.workspace_mb), and {path[:200]} does not fit any more;"
                    " remove what is not needed."
                )
            yield

    def _used(self) -> int:
        """Return how many bytes there are, without following a link."""
        used = 0
        if not self.root.is_dir():
            return used
        for _, folders, files, handle in os.fwalk(self.root, follow_symlinks=False):
            used += BLOCK * (len(folders) + len(files))
            for name in files:
                with suppress(FileNotFoundError):
                    used += os.stat(name, dir_fd=handle, follow_symlinks=False).st_size
        return used

    @contextmanager
    def _folder(self, path: str) -> Iterator[tuple[int, str]]:
        """Walk to the folder of `path`, one handle at a time, making what is missing."""
        parts = [part for part in path.split("/") if part not in ("", ".")]
        if not parts or "\x00" in path or len(path) > 1_024 or path.startswith("/"):
            raise Invalid("Give a path below the workspace, such as notes/today.md.")
        if ".." in parts:
            raise Forbidden(f"{path}: paths that go up with '..' are not followed.")
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self.root, _DOWN)
        try:
            for part in parts[:-1]:
                below = self._enter(handle, part, path)
                os.close(handle)
                handle = below
            yield handle, parts[-1]
        except OSError as error:
            raise Refused(f"{path} cannot be written: {error.strerror}.") from None
        finally:
            os.close(handle)

    @staticmethod
    def _enter(handle: int, part: str, path: str) -> int:
        try:
            return os.open(part, _DOWN, dir_fd=handle)
        except FileNotFoundError:
            with suppress(FileExistsError):  # another call was faster
                os.mkdir(part, 0o700, dir_fd=handle)
            return os.open(part, _DOWN, dir_fd=handle)
        except NotADirectoryError:
            raise Forbidden(f"{path} leads over {part}, which is no folder.") from None


def _bytes(text: str) -> bytes:
    data = text.encode("utf-8", "surrogateescape")
    if len(data) > MAX_BYTES:
        raise Invalid(f"The text has {len(data)} bytes; at most {MAX_BYTES} are written.")
    return data


def _no_link(folder: int, name: str) -> None:
    try:
        about = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return
    if not stat.S_ISREG(about.st_mode):
        raise Forbidden(f"{name} is not a regular file, and links are not followed.")


def _all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]
