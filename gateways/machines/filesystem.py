"""The owner's files, reached by directory handle inside allowed roots, without following links."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gateways.machines.closed import CLOSED, Closed
from schemas.errors import Expected, Forbidden, Invalid, NotFound, Transient

Kind = Literal["file", "folder", "link", "device", "pipe", "socket"]
Parts = tuple[str, ...]

MAX_PATH = 4096
MAX_COUNTED = 200_000
"""Entries of one folder that are counted at most."""

_HANDLE = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
_KINDS: tuple[tuple[int, Kind], ...] = (
    (stat.S_IFREG, "file"),
    (stat.S_IFDIR, "folder"),
    (stat.S_IFLNK, "link"),
    (stat.S_IFIFO, "pipe"),
    (stat.S_IFSOCK, "socket"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a folder; `modified` in seconds since 1970."""

    name: str
    kind: Kind
    size: int
    modified: float


@dataclass(frozen=True, slots=True)
class Listing:
    """A folder's first entries, folders first; `total` counts all, up to `MAX_COUNTED`."""

    path: str
    entries: tuple[Entry, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a file that is `size` bytes long."""

    path: str
    size: int
    offset: int
    raw: bytes


class Files:
    """The part of the file system the owner has opened.

    Args:
        roots: folders that may be read, with all that is in them.
        protected: paths inside them that stay closed (keys, the state folder).
        opened: paths inside those that are open all the same (the agent's own folder).
        closed: names that stay closed wherever they lie.
    """

    def __init__(
        self,
        roots: Iterable[Path],
        protected: Iterable[Path] = (),
        opened: Iterable[Path] = (),
        closed: Iterable[str] = CLOSED,
    ) -> None:
        self._closed = Closed(closed)
        # The owner may name a root by a link; from here on no link counts.
        self._named = tuple(Path(os.path.abspath(root)) for root in roots)
        self.roots = tuple(root.resolve() for root in self._named)
        self._protected = {path.resolve(): True for path in protected}
        self._opened = tuple(path.resolve() for path in opened)
        self._protected |= dict.fromkeys(self._opened, False)
        # The kernel's own file systems look like files and hold secrets (environments, memory).
        self._kernel = {os.stat(path).st_dev for path in ("/proc", "/sys") if os.path.isdir(path)}

    def locate(self, path: str) -> tuple[Path, Parts]:
        """Return the root and the names below it that a path means; nothing is opened.

        A path that is not absolute is below the first root that has its first name, or below an
        opened folder of that name.

        Raises:
            Invalid: it cannot be a path.
            Forbidden: it leads out of the roots, goes up, or is protected.
        """
        if "\x00" in path or len(path) > MAX_PATH:
            raise Invalid("That is not a path: it contains NUL or is too long.")
        parts = tuple(part for part in path.split("/") if part not in ("", "."))
        if ".." in parts:
            raise Forbidden(f"{path}: paths that go up with '..' are not followed.")
        if not self.roots:
            raise Forbidden("No folder is open to me: the owner has allowed none.")
        if not path.startswith("/"):
            # Only a choice between open folders: what stands there is checked on the way down.
            having = (root for root in self.roots if os.path.lexists(root.joinpath(*parts[:1])))
            root = next(having, None)
            # What was opened inside a closed folder is reached by its own name alone.
            called = next((one for one in self._opened if (one.name,) == parts[:1]), None)
            if root is None and called is not None:
                return self.locate(str(called.joinpath(*parts[1:])))
            return self._open_to_all(root or self.roots[0], parts, path)
        for root, named in zip(self.roots, self._named, strict=True):
            for base in {root, named}:
                head = base.parts[1:]
                if parts[: len(head)] == head:
                    return self._open_to_all(root, parts[len(head) :], path)
        where = ", ".join(str(root) for root in self.roots)
        raise Forbidden(f"{path} is outside the folders that are open to me ({where}).")

    def _open_to_all(self, root: Path, parts: Parts, path: str) -> tuple[Path, Parts]:
        secret = self._closed.covers(parts)
        if secret is not None:
            raise Forbidden(f"{path} is protected: what is named {secret} may hold secrets.")
        if self.is_protected(root, parts):
            raise Forbidden(f"{path} is protected.")
        return root, parts

    def is_protected(self, root: Path, parts: Parts) -> bool:
        """Whether the owner keeps this closed; exact, because no link is ever followed."""
        if self._closed.covers(parts) is not None:
            return True
        whole = root.joinpath(*parts)
        # The innermost rule counts: the agent's folder is open in the closed state folder.
        rules = (path for path in self._protected if whole.is_relative_to(path))
        nearest = max(rules, key=lambda path: len(path.parts), default=None)
        return nearest is not None and self._protected[nearest]

    @contextmanager
    def reach(self, root: Path, parts: Parts) -> Generator[tuple[int, os.stat_result]]:
        """Walk down from `root`, one handle at a time; give a handle that reads nothing yet.

        A handle of this kind (O_PATH) opens no device and waits for no pipe, and what it
        names cannot be swapped afterwards.

        Raises:
            NotFound: a name on the way does not exist.
            Forbidden: a name on the way is a link, or belongs to the kernel or to others.
        """
        shown = str(root.joinpath(*parts))
        with speaking_of(shown):
            handle = os.open(root, _HANDLE | os.O_DIRECTORY)
        try:
            about = os.fstat(handle)
            for position, part in enumerate(parts):
                if not stat.S_ISDIR(about.st_mode):
                    raise NotFound(f"{root.joinpath(*parts[:position])} is not a folder.")
                with speaking_of(shown):
                    below = os.open(part, _HANDLE, dir_fd=handle)
                os.close(handle)
                handle = below
                about = os.fstat(handle)
                if stat.S_ISLNK(about.st_mode):
                    link = root.joinpath(*parts[: position + 1])
                    raise Forbidden(f"{link} is a link, and links are not followed.")
            if about.st_dev in self._kernel:
                raise Forbidden(f"{shown} belongs to the kernel, not to the owner's files.")
            yield handle, about
        finally:
            os.close(handle)

    def folder(self, path: str, limit: int) -> Listing:
        """List a folder.

        Args:
            path: the folder.
            limit: entries to give; all are counted.

        Raises:
            NotFound, Forbidden, Invalid: as `locate` and `reach`; or it is not a folder.
        """
        root, parts = self.locate(path)
        shown = str(root.joinpath(*parts))
        with self.reach(root, parts) as (handle, about):
            if not stat.S_ISDIR(about.st_mode):
                raise Invalid(f"{shown} is a {kind_of(about.st_mode)}, not a folder.")
            with speaking_of(shown):
                names = self._names(handle, root, parts)
            chosen = names[:limit]
            entries = [entry for _, name in chosen if (entry := _entry(handle, name))]
        return Listing(shown, tuple(entries), len(names))

    def _names(self, handle: int, root: Path, parts: Parts) -> list[tuple[bool, str]]:
        # Only names are kept of a huge folder; sizes are asked of those that are shown.
        readable = reopened(handle)
        try:
            with os.scandir(readable) as found:
                names: list[tuple[bool, str]] = []
                for entry in found:
                    if len(names) >= MAX_COUNTED:
                        break
                    if not self.is_protected(root, (*parts, entry.name)):
                        names.append((not entry.is_dir(follow_symlinks=False), entry.name))
        finally:
            os.close(readable)
        return sorted(names)

    def read(self, path: str, offset: int, limit: int) -> Chunk:
        """Read up to `limit` bytes of a regular file, from byte `offset` on.

        Raises:
            NotFound, Forbidden, Invalid: as `locate` and `reach`; or it is not a regular file.
        """
        root, parts = self.locate(path)
        shown = str(root.joinpath(*parts))
        with self.reach(root, parts) as (handle, about):
            if not stat.S_ISREG(about.st_mode):
                raise Invalid(f"{shown} is a {kind_of(about.st_mode)}, not a file to read.")
            with speaking_of(shown):
                readable = reopened(handle)
                try:
                    return Chunk(shown, about.st_size, offset, os.pread(readable, limit, offset))
                finally:
                    os.close(readable)

    def open(self, path: str) -> tuple[str, int, int]:
        """Open a regular file; return its whole path, size, and a handle that the caller closes.

        Raises:
            NotFound, Forbidden, Invalid: as `read`.
        """
        root, parts = self.locate(path)
        shown = str(root.joinpath(*parts))
        with self.reach(root, parts) as (handle, about):
            if not stat.S_ISREG(about.st_mode):
                raise Invalid(f"{shown} is a {kind_of(about.st_mode)}, not a file to read.")
            with speaking_of(shown):
                return shown, about.st_size, reopened(handle)


def kind_of(mode: int) -> Kind:
    """Return the word for a file's type."""
    return next((kind for bits, kind in _KINDS if stat.S_IFMT(mode) == bits), "device")


def reopened(handle: int) -> int:
    """Turn a handle that was checked into one that reads the very same thing.

    /proc/self/fd leads to what the handle holds, not to what now bears its name.
    """
    return os.open(f"/proc/self/fd/{handle}", os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)


def _entry(handle: int, name: str) -> Entry | None:
    try:
        about = os.stat(name, dir_fd=handle, follow_symlinks=False)
    except OSError:
        return None  # Gone since it was listed.
    return Entry(name, kind_of(about.st_mode), about.st_size, about.st_mtime)


@contextmanager
def speaking_of(path: str) -> Generator[None]:
    """Turn what the system says about `path` into an expected error."""
    try:
        yield
    except OSError as error:
        raise _translated(path, error) from error
    except ValueError as error:  # UnicodeEncodeError: half a surrogate pair is no name.
        raise Invalid("That is not a path.") from error


def _translated(path: str, error: OSError) -> Expected:
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR:
            return NotFound(f"{path} does not exist.")
        case errno.EACCES | errno.EPERM:
            return Forbidden(f"{path} may not be read by this server's user.")
        case errno.ELOOP:
            return Forbidden(f"{path} is a link, and links are not followed.")
        case errno.ENAMETOOLONG | errno.EINVAL:
            return Invalid("That is not a path: a name in it is too long.")
        case _:
            return Transient(f"{path} cannot be read now: {os.strerror(error.errno or 0)}.")
