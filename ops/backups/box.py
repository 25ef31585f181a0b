"""The file a backup is: a plain tar of its cover, the locked key if any, and the sealed archive.

Whoever has only standard tools opens it too: `tar xf`, `age --decrypt`, `tar xf`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from gateways.vaults import age
from ops.backups.contents import FORMAT, Cover
from ops.backups.opening import Opener
from ops.backups.reading import Reading
from ops.backups.tape import BLOCK, END, Stream, header, padding
from schemas.errors import Invalid, NotFound

COVER, LOCKED, ARCHIVE = "cover.json", "key.age", "archive.tar.age"
NAME = re.compile(r"nexus-(?P<series>[0-9a-f]{8})-\d{8}T\d{9}Z")
MOST_PAGE = 65_536


@dataclass(frozen=True)
class Opened:
    """A backup that was opened.

    Attributes:
        cover: what stands outside.
        archive: its content, to be read strictly.
        size: bytes of the sealed archive, which its content cannot exceed.
    """

    cover: Cover
    archive: BinaryIO
    size: int


def write(file: BinaryIO, cover: Cover, locked: bytes, pieces: Iterator[bytes]) -> None:
    """Write a backup.

    Args:
        file: empty, and seekable: how large the archive became is written at last.
        cover: what everybody may read.
        locked: the key under a passphrase; empty if there is none.
        pieces: the blocks of the archive.

    Raises:
        OSError: the disk is full.
    """
    seconds = cover.made_at // 1000
    pages = [(COVER, cover.model_dump_json(indent=1).encode() + b"\n")]
    if locked:
        pages.append((LOCKED, locked))
    for name, content in pages:
        file.write(header(name, size=len(content), mtime=seconds) + content)
        file.write(padding(len(content)))
    place = file.tell()
    file.write(bytes(BLOCK))
    age.seal(Stream(pieces), file, cover.recipient)
    size = file.tell() - place - BLOCK
    file.write(padding(size) + END)
    file.seek(place)
    file.write(header(ARCHIVE, size=size, mtime=seconds))


def look(path: Path) -> Cover:
    """Return what stands outside on a backup.

    Raises:
        NotFound: there is no such file.
        Damaged: it is no backup.
    """
    with _reading(path) as reading:
        next(iter(reading), None)
        return _cover(reading, path)


@contextmanager
def opened(path: Path, opener: Opener) -> Iterator[Opened]:
    """Open a backup.

    Do not act on what you read before the block has ended without an error.

    Raises:
        NotFound: there is no such file.
        WrongKey: this does not open it.
        Damaged: it was changed or cut off, or is no backup.
    """
    with _reading(path) as reading:
        members = iter(reading)
        next(members, None)
        cover = _cover(reading, path)
        member = next(members, None)
        locked = b""
        if member is not None and member.name == LOCKED:
            locked = reading.whole(MOST_PAGE)
            member = next(members, None)
        if member is None or member.name != ARCHIVE:
            raise age.Damaged(f"{path} is no backup.")
        with age.opened(reading, opener.identity(cover, locked)) as archive:
            yield Opened(cover, archive, member.size)
        for _ in members:
            raise age.Damaged(f"Something follows the archive in {path}.")


@contextmanager
def _reading(path: Path) -> Iterator[Reading]:
    try:
        with path.open("rb") as file:
            yield Reading(file, members=3, most=path.stat().st_size)
    except FileNotFoundError:
        raise NotFound(f"There is no backup {path}.") from None
    except IsADirectoryError:
        raise NotFound(f"{path} is a folder; name the backup in it.") from None


def _cover(reading: Reading, path: Path) -> Cover:
    try:
        cover = Cover.model_validate_json(reading.whole(MOST_PAGE))
    except ValidationError:
        raise age.Damaged(f"{path} is no backup.") from None
    if cover.format > FORMAT:
        raise Invalid(f"{path} was made by a newer LivOS ({cover.nexus}); use that to open it.")
    return cover


def named_rightly(path: Path, name: str) -> None:
    """Make sure that a file is called what it is: one exchanged for another would not be.

    Raises:
        Damaged: it is called something else.
    """
    if path.name != f"{name}.tar":
        raise age.Damaged(
            f"{path.name} holds the backup {name}, not the one it is named for; if you renamed"
            f" it, call it {name}.tar again."
        )
