"""A folder that is walked by handle, so that no link leads out of it, and that has a size."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gateways.machines import bin as kept
from gateways.machines.bin import Bin
from schemas.errors import Forbidden, Invalid, NotFound, Refused

BLOCK = 4_096
"""Bytes that a file or folder takes beside its content: empty ones are not for nothing."""
MEGABYTE = 1 << 20
DOWN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class WorkspaceFull(Refused):
    """The agent's folder has no room for what it wants to write."""

    code = "workspace_full"


class Grounds:
    """The agent's own folder, with nothing that is in it.

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

    @contextmanager
    def _bin(self) -> Iterator[Bin]:
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self.root, DOWN)
        try:
            yield Bin(handle)
        except OSError as error:
            raise Refused(f"What was there cannot be kept: {error.strerror}.") from None
        finally:
            os.close(handle)

    @contextmanager
    def _room(self, path: str, size: int) -> Iterator[None]:
        """Make sure that so much more fits; nobody else writes until it is written."""
        more = size + BLOCK * (1 + path.count("/"))
        with self._measuring:
            used = self._used()
            if used + more > self._most:
                # What is kept of old changes makes room for new ones.
                with self._bin() as bin_:
                    bin_.prune(everything=True)
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
    def _folder(self, path: str, *, make: bool = True) -> Iterator[tuple[int, str]]:
        """Walk to the folder of `path`, one handle at a time, making what is missing or not."""
        parts = [part for part in path.split("/") if part not in ("", ".")]
        if not parts or "\x00" in path or len(path) > 1_024 or path.startswith("/"):
            raise Invalid("Give a path below the workspace, such as notes/today.md.")
        if ".." in parts:
            raise Forbidden(f"{path}: paths that go up with '..' are not followed.")
        if parts[0] == kept.FOLDER:
            raise Forbidden(f"{path}: what is kept there comes back by files_restore only.")
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self.root, DOWN)
        try:
            for part in parts[:-1]:
                below = self._enter(handle, part, path, make=make)
                os.close(handle)
                handle = below
            yield handle, parts[-1]
        except FileNotFoundError:
            raise NotFound(f"{path} does not exist.") from None
        except OSError as error:
            raise Refused(f"{path} cannot be written: {error.strerror}.") from None
        finally:
            os.close(handle)

    @staticmethod
    def _enter(handle: int, part: str, path: str, *, make: bool) -> int:
        try:
            return os.open(part, DOWN, dir_fd=handle)
        except FileNotFoundError:
            if not make:
                raise NotFound(f"{path} does not exist.") from None
            with suppress(FileExistsError):  # another call was faster
                os.mkdir(part, 0o700, dir_fd=handle)
            return os.open(part, DOWN, dir_fd=handle)
        except NotADirectoryError:
            raise Forbidden(f"{path} leads over {part}, which is no folder.") from None
