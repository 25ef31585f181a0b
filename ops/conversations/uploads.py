"""The files that people send: each lies in the state folder under an id of ours."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from ops import database
from ops.conversations.kinds import kind_of
from ops.conversations.late import LARGEST
from ops.conversations.tables import TABLES, attachments
from schemas.base import new_id, now_ms
from schemas.chat import Attachment
from schemas.errors import NotFound, Refused
from web.guard import TooLarge

ROOM = 2 << 30
"""Bytes of all files of one person."""
MOST_FILES = 10_000
"""Files of one person; those without a byte in them are files too."""
MARGIN = 512 << 20
"""Bytes that stay free on the disk; messages need them more: below 256 MB none is taken in."""
LONGEST_NAME = 255


class NoRoom(Refused):
    """This person has sent as much as is kept, or the disk has no room."""

    code = "no_room"
    status = 507


class Uploads:
    """Keeps them.

    Args:
        engine: the database `home.db`.
        folder: where their bytes lie.
    """

    def __init__(self, engine: AsyncEngine, folder: Path) -> None:
        self._engine = engine
        self._folder = folder
        self._ready = False

    def path(self, attachment: str) -> Path:
        """Return where the bytes of a file lie; the id is one of ours."""
        return self._folder / attachment

    async def keep(
        self, person: str, name: str, pieces: AsyncIterator[bytes], attachment: str = ""
    ) -> Attachment:
        """Write a file down while it comes in.

        Args:
            person: whose it is.
            name: what their device calls it; shown, never used as a path.
            pieces: its bytes.
            attachment: its id, where the sender may send it again: the same id is the same file, of
                which nothing is read a second time.

        Raises:
            TooLarge: it is larger than 20 MB.
            NoRoom: this person's files take 2 GB already, or are 10,000, or the disk is nearly
                full.
        """
        await self._open()
        if attachment:
            with contextlib.suppress(NotFound):
                (known,) = await self.of(person, (attachment,))
                return known
        count, size = await self._taken(person)
        if size > ROOM:
            raise NoRoom("Your files take 2 GB already; no more are kept.")
        if count >= MOST_FILES:
            raise NoRoom(f"You have sent {MOST_FILES:,} files already; no more are kept.")
        if await asyncio.to_thread(self._free) < MARGIN + LARGEST:
            raise NoRoom("The disk of the server is nearly full; no files are taken in.")
        attachment = attachment or new_id()
        path = self.path(attachment)
        coming = path.with_name(f".{new_id()}")
        try:
            size, head = await self._write(coming, pieces)
            kind = await asyncio.to_thread(kind_of, head, size, coming)
            found = Attachment(id=attachment, name=plain(name), type=kind, size=size)
            # Known before it is there: a file that nobody knows is never left behind.
            async with self._engine.begin() as connection:
                row = {**found.model_dump(), "person": person, "at": now_ms()}
                # It may be known already, of a process that died before the file was there.
                await connection.execute(delete(attachments).where(attachments.c.id == found.id))
                await connection.execute(insert(attachments).values(row))
            await asyncio.to_thread(_settle, coming, path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                coming.unlink()
        return found

    async def of(self, person: str, ids: tuple[str, ...]) -> tuple[Attachment, ...]:
        """Return what is known of a person's files, in this order.

        Raises:
            NotFound: one of them is not theirs, or not there.
        """
        await self._open()
        table = attachments.c
        wanted = select(attachments).where(table.person == person, table.id.in_(ids))
        async with self._engine.connect() as connection:
            found = {
                row.id: Attachment(id=row.id, name=row.name, type=row.type, size=row.size)
                for row in await connection.execute(wanted)
            }
        for one in ids:
            if one not in found or not self.path(one).is_file():
                raise NotFound("There is no such file.")
        return tuple(found[one] for one in ids)

    async def close(self) -> None:
        """Let go of the database."""
        await self._engine.dispose()

    async def _write(self, path: Path, pieces: AsyncIterator[bytes]) -> tuple[int, bytes]:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        size, head = 0, b""
        with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
            async for piece in pieces:
                size += len(piece)
                if size > LARGEST:
                    raise TooLarge("A file has 20 MB at most.")
                head = (head + piece)[:64] if len(head) < 64 else head
                await asyncio.to_thread(file.write, piece)
            await asyncio.to_thread(_sync, file)
        return size, head

    def _free(self) -> int:
        """Return the bytes that are free where the files lie."""
        return shutil.disk_usage(self._folder).free

    async def _taken(self, person: str) -> tuple[int, int]:
        """Return how many files somebody has, and their bytes."""
        sizes = select(func.count(), func.sum(attachments.c.size))
        async with self._engine.connect() as connection:
            row = await connection.execute(sizes.where(attachments.c.person == person))
            count, size = row.one()
        return int(count), int(size or 0)

    async def _open(self) -> None:
        if not self._ready:
            await asyncio.to_thread(self._folder.mkdir, mode=0o700, parents=True, exist_ok=True)
            await database.migrate(self._engine, TABLES)
            self._ready = True


def plain(name: str) -> str:
    """Return a name that can be shown: without folders and control signs, and not too long."""
    base = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(sign for sign in base if sign.isprintable()).strip()
    return shown[-LONGEST_NAME:] or "file"


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _settle(coming: Path, path: Path) -> None:
    coming.rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
