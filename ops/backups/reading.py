"""Reads an archive strictly: what a backup never holds is refused, not interpreted.

Only files and folders with plain relative names; no links, devices, owners, other formats'
extensions. The archive may have been written by anybody: a seal says that it was not changed
since, not who made it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateways.vaults.age import Damaged, Source
from ops.backups.tape import BLOCK, CHUNK

MAGIC = b"ustar  \x00"
FILE, FOLDER, LONG_NAME = b"0", b"5", b"L"
MOST_NAME, MOST_PART = 4_096, 255


class Hostile(Damaged):
    """The archive holds what no backup holds."""

    code = "hostile_archive"


@dataclass(frozen=True)
class Member:
    """One file or folder.

    Attributes:
        name: its path, relative and without detours.
        size: bytes.
        mode: permission bits, nothing above them.
        mtime: seconds since 1970.
        folder: whether it is one.
    """

    name: str
    size: int
    mode: int
    mtime: int
    folder: bool


class Reading:
    """Goes through an archive once.

    Args:
        source: its stream.
        members: how many there may be.
        most: how many bytes they may have together.
    """

    def __init__(self, source: Source, *, members: int, most: int) -> None:
        self._source = source
        self._members = members
        self._most = most
        self._names: set[str] = set()
        self._left = 0
        self._padding = 0

    def __iter__(self) -> Iterator[Member]:
        """Return the members; read each one's content before the next.

        Raises:
            Damaged: the archive is cut off, or is none.
            Hostile: it holds what no backup holds.
        """
        while True:
            self._skip()
            block = self._exactly(BLOCK)
            if not any(block):
                if any(self._exactly(BLOCK)) or self._source.read(1):
                    raise Hostile("Something follows the end of the archive.")
                return
            yield self._member(block)

    def content(self) -> Iterator[bytes]:
        """Return the current file's content."""
        while self._left:
            chunk = self._source.read(min(CHUNK, self._left))
            if not chunk:
                raise Damaged("The archive is cut off.")
            self._left -= len(chunk)
            yield chunk

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes of the current file; none at its end."""
        if not self._left:
            return b""
        wanted = min(size if size >= 0 else CHUNK, self._left)
        chunk = self._source.read(wanted) if wanted else b""
        if wanted and not chunk:
            raise Damaged("The archive is cut off.")
        self._left -= len(chunk)
        return chunk

    def whole(self, most: int) -> bytes:
        """Return the current file at once.

        Args:
            most: bytes it may have.
        """
        if self._left > most:
            raise Hostile("A page in the archive is too large.")
        return b"".join(self.content())

    def _member(self, block: bytes) -> Member:
        name = b""
        if block[156:157] == LONG_NAME:
            size = _number(_checked(block)[124:136])
            if not 0 < size <= MOST_NAME + 1:
                raise Hostile("A name in the archive is too long.")
            name = self._exactly(size)
            self._exactly(-size % BLOCK)
            if not name.endswith(b"\x00"):
                raise Hostile("A name in the archive has no end.")
            block = self._exactly(BLOCK)
        kind = _checked(block)[156:157]
        if kind not in {FILE, FOLDER}:
            raise Hostile(f"The archive holds an entry of the kind {kind!r}: no file, no folder.")
        if any(block[157:257]):
            raise Hostile("The archive holds a link.")
        found = Member(
            name=_name(name[:-1] or block[:100].rstrip(b"\x00"), folder=kind == FOLDER),
            size=_number(block[124:136]),
            mode=_number(block[100:108]) & 0o777,
            mtime=_number(block[136:148]),
            folder=kind == FOLDER,
        )
        self._count(found)
        return found

    def _count(self, found: Member) -> None:
        if found.name in self._names:
            raise Hostile("The archive holds the same name twice.")
        self._names.add(found.name)
        if len(self._names) > self._members:
            raise Hostile(f"The archive holds more than {self._members} entries.")
        if found.folder and found.size:
            raise Hostile("The archive holds a folder with content.")
        self._most -= found.size
        if self._most < 0:
            raise Hostile("The archive says that it holds more than it does.")
        self._left, self._padding = found.size, -found.size % BLOCK

    def _skip(self) -> None:
        for _ in self.content():
            pass
        if any(self._exactly(self._padding)):
            raise Hostile("The archive hides something between its entries.")
        self._padding = 0

    def _exactly(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            chunk = self._source.read(size - len(found))
            if not chunk:
                raise Damaged("The archive is cut off.")
            found += chunk
        return found


def _checked(block: bytes) -> bytes:
    if block[257:265] != MAGIC:
        raise Damaged("This is no archive of a backup.")
    if _number(block[148:156]) != sum(block[:148]) + 8 * 32 + sum(block[156:]):
        raise Damaged("An entry of the archive is damaged.")
    return block


def _number(field: bytes) -> int:
    """Read a number: octal digits, or binary behind a first byte of 0x80 where it is large."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b" \x00")
    if digits.translate(None, b"01234567"):
        raise Hostile("A number in the archive is none.")
    return int(digits or b"0", 8)


def _name(raw: bytes, *, folder: bool) -> str:
    name = raw.decode("utf-8", "surrogateescape")
    if folder:
        name = name.removesuffix("/")
    parts = name.split("/")
    if len(raw) > MOST_NAME or "\x00" in name or any(part in {"", ".", ".."} for part in parts):
        raise Hostile("A name in the archive leads out of its folder.")
    if any(len(part.encode("utf-8", "surrogateescape")) > MOST_PART for part in parts):
        raise Hostile("A name in the archive is too long.")
    return name
