"""Writes an archive as a stream: tar blocks are made as they are asked for, digests on the way."""

from __future__ import annotations

import hashlib
import os
import tarfile
from collections.abc import Callable, Iterator
from typing import BinaryIO

from ops.backups.contents import Kept, shown

BLOCK = 512
CHUNK = 1 << 18
END = bytes(2 * BLOCK)
"""Two empty blocks end a tar archive."""


def header(
    name: str, *, size: int = 0, mode: int = 0o600, mtime: int = 0, folder: bool = False
) -> bytes:
    """Return a member's header; it names no user and no group.

    Args:
        name: its path in the archive.
        size: bytes.
        mode: permission bits.
        mtime: seconds since 1970.
        folder: whether it is one.
    """
    info = tarfile.TarInfo(name)
    info.type = tarfile.DIRTYPE if folder else tarfile.REGTYPE
    info.size, info.mode, info.mtime = size, mode & 0o777, max(mtime, 0)
    return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")


def padding(size: int) -> bytes:
    """Return what fills the last block."""
    return bytes(-size % BLOCK)


class Tape:
    """Makes the blocks of members, and remembers what each was.

    Args:
        written: told how many bytes of content went by.

    Attributes:
        kept: the files so far.
        torn: files that changed while they were read.
    """

    def __init__(self, written: Callable[[int], None] = lambda _: None) -> None:
        self.kept: list[Kept] = []
        self.torn: list[str] = []
        self._written = written

    def folder(self, name: str, found: os.stat_result) -> Iterator[bytes]:
        """Write a folder down."""
        yield header(name, mode=found.st_mode, mtime=int(found.st_mtime), folder=True)

    def file(self, name: str, file: BinaryIO, found: os.stat_result) -> Iterator[bytes]:
        """Write a file down: as many bytes as it had at the start.

        One that shrinks meanwhile is filled up with zeros, and named in `torn`.
        """
        size = found.st_size
        yield header(name, size=size, mode=found.st_mode, mtime=int(found.st_mtime))
        digest = hashlib.sha256()
        left = size
        while left:
            chunk = file.read(min(CHUNK, left))
            if not chunk:
                chunk = bytes(min(CHUNK, left))
            digest.update(chunk)
            left -= len(chunk)
            self._written(len(chunk))
            yield chunk
        after = os.fstat(file.fileno())
        if (after.st_size, after.st_mtime_ns) != (size, found.st_mtime_ns):
            self.torn.append(shown(name))
        self.kept.append(Kept(name=shown(name), size=size, sha256=digest.hexdigest()))
        yield padding(size)

    def bytes(self, name: str, content: bytes, mtime: int) -> Iterator[bytes]:
        """Write down what is at hand."""
        yield header(name, size=len(content), mtime=mtime) + content + padding(len(content))


class Stream:
    """Reads from pieces that are made on the way.

    Args:
        pieces: of any size.
    """

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes; none at the end."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._rest = memoryview(piece)
        found = self._rest[: size if size >= 0 else None]
        self._rest = self._rest[len(found) :]
        return bytes(found)
