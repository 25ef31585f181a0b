"""The agent's own folder: the one place where it may write without asking."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat

from gateways.machines import bin as kept
from gateways.machines.bin import Kept
from gateways.machines.grounds import DOWN, MEGABYTE, Grounds, WorkspaceFull
from schemas.errors import Forbidden, Invalid, NotFound

MAX_BYTES = 1_000_000
"""Of one text."""


class Workspace(Grounds):
    """Reading and changing what is in it; what is changed can come back."""

    def write(self, path: str, content: str | bytes, change: str | None = None) -> str:
        """Replace a file's content in one step; the same call twice leaves the same file.

        Args:
            path: where, below the workspace; folders on the way are made.
            content: the whole of it.
            change: an id under which what stood there before is kept.

        Returns:
            the file's full path.

        Raises:
            Invalid: the path or the content does not fit.
            WorkspaceFull: there is no room for it.
            Forbidden: the path leads out of the workspace, or over a link.
        """
        data = content if isinstance(content, bytes) else _bytes(content)
        if len(data) > self._largest:
            raise Invalid(f"{path} would be larger than one file may be here.")
        # The old content stays until the new one is whole.
        with self._room(path, len(data)), self._folder(path) as (folder, name):
            _no_link(folder, name)
            if change is not None:
                with self._bin() as bin_:
                    bin_.keep(change, folder, name, _plain(path), take=False)
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

    def read(self, path: str) -> bytes:
        """Return a file's whole content.

        Raises:
            NotFound: there is none.
            Invalid, Forbidden: the path does not fit, or leads to no regular file.
        """
        with self._folder(path, make=False) as (folder, name):
            return _content(folder, name, path)

    def state(self, path: str) -> str:
        """Return what stands at a path now: `absent`, a file's digest, or a folder's name and size.

        Raises:
            Invalid, Forbidden: the path does not fit, or leads over a link.
        """
        try:
            with self._folder(path, make=False) as (folder, name):
                about = os.stat(name, dir_fd=folder, follow_symlinks=False)
                if stat.S_ISDIR(about.st_mode):
                    inside = os.open(name, DOWN, dir_fd=folder)
                    try:
                        return f"a folder with {len(os.listdir(inside))} entries ({about.st_ino})"
                    finally:
                        os.close(inside)
                data = _content(folder, name, path)
                return f"{len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()[:32]}"
        except NotFound:
            return "absent"

    def kept(self, change: str) -> tuple[Kept, bool]:
        """Return what a change kept, and whether the thing itself is there.

        Raises:
            NotFound: it kept nothing, or that is gone by now.
        """
        with self._bin() as bin_:
            return bin_.about(change), bin_.holds(change)

    def before(self, change: str) -> bytes | None:
        """Return the content that a change replaced; None if it has not happened, or left none."""
        with self._bin() as bin_:
            return bin_.content(change)

    def move(self, path: str, to: str) -> str:
        """Give a file or folder another place; what stands there already is never replaced.

        Returns:
            the new full path.

        Raises:
            NotFound: nothing is there.
            Conflict: something stands at the new place.
            Invalid, Forbidden: a path does not fit.
        """
        with (
            self._folder(path, make=False) as (folder, name),
            self._folder(to) as (other, new),
        ):
            _no_link(folder, name, folders=True)
            kept.move(folder, name, other, new)
            os.fsync(other)
        return str(self.root / to)

    def remove(self, path: str, change: str) -> None:
        """Take a file or folder away; it is kept for a while.

        Args:
            path: where it stands.
            change: an id under which it is kept; the same again finds that it is done.

        Raises:
            NotFound: nothing is there.
            Invalid, Forbidden: the path does not fit.
        """
        with self._folder(path, make=False) as (folder, name), self._bin() as bin_:
            if not kept.exists(folder, name) and not bin_.holds(change):
                raise NotFound(f"{path} does not exist.")
            _no_link(folder, name, folders=True)
            bin_.keep(change, folder, name, _plain(path), take=True)
            bin_.prune()

    def restore(self, change: str, by: str) -> str:
        """Make a place what it was before a change; what stands there now is kept too.

        Args:
            change: the change to take back.
            by: the id of taking it back.

        Returns:
            the place, below the workspace.

        Raises:
            NotFound: what stood there is not kept any more.
        """
        with self._bin() as bin_:
            about = bin_.about(change)
            if not about.absent and not bin_.holds(change) and not bin_.knows(by):
                raise NotFound(f"What stood at {about.path} before is not kept any more.")
            with self._folder(about.path) as (folder, name):
                _no_link(folder, name, folders=True)
                if bin_.holds(change) or about.absent:
                    bin_.keep(by, folder, name, about.path, take=True)
                if bin_.holds(change):
                    bin_.give(change, folder, name)
                os.fsync(folder)
        return about.path


def _bytes(text: str) -> bytes:
    data = text.encode("utf-8", "surrogateescape")
    if len(data) > MAX_BYTES:
        raise Invalid(f"The text has {len(data)} bytes; at most {MAX_BYTES} are written.")
    return data


def _no_link(folder: int, name: str, *, folders: bool = False) -> None:
    try:
        about = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return
    if not (stat.S_ISREG(about.st_mode) or (folders and stat.S_ISDIR(about.st_mode))):
        raise Forbidden(f"{name} is not a regular file, and links are not followed.")


def _content(folder: int, name: str, path: str) -> bytes:
    try:
        handle = os.open(
            name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder
        )
    except FileNotFoundError:
        raise NotFound(f"{path} does not exist.") from None
    except OSError:
        raise Forbidden(f"{path} is not a regular file, and links are not followed.") from None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise Forbidden(f"{path} is not a regular file, and links are not followed.")
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(handle)


def _plain(path: str) -> str:
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def _all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]
