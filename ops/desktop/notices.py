"""The place for notices: whoever has something to tell a person beside the conversation.

    await notices.publish(Notice(source="backups", level="problem", title="No backup was made"))

`publish` is for what happened once, `stands` for what is so until it is over. The database is
opened with the first notice: a server that has nothing to tell need not load it.
"""

from __future__ import annotations

import asyncio
import importlib
import time
from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING

from ops.settings import Settings
from schemas.notices import Notice, NoticesLive, NoticesView

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from ops.desktop.board import Board
    from ops.desktop.layouts import Layouts

LOOK = 1.0
"""Seconds between two looks at the number of changes: another process may have told something."""


class Shelf:
    """Opens `home.db` for the desktop, once.

    Args:
        settings: where it is.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._opening = asyncio.Lock()
        self._opened: tuple[AsyncEngine, Board, Layouts] | None = None

    async def board(self) -> Board:
        """Return the notices."""
        return (self._opened or await self._open())[1]

    async def layouts(self) -> Layouts:
        """Return the layouts."""
        return (self._opened or await self._open())[2]

    async def _open(self) -> tuple[AsyncEngine, Board, Layouts]:
        async with self._opening:
            if self._opened is None:
                # In a thread, for meanwhile the pipeline works on.
                await asyncio.to_thread(importlib.import_module, "ops.desktop.layouts")
                from ops import database  # noqa: PLC0415
                from ops.desktop.board import Board  # noqa: PLC0415
                from ops.desktop.layouts import Layouts  # noqa: PLC0415
                from ops.desktop.tables import TABLES  # noqa: PLC0415

                engine = database.connect(database.home(self._settings))
                await database.migrate(engine, TABLES)
                self._opened = engine, Board(engine), Layouts(engine)
            return self._opened

    async def close(self) -> None:
        """Let go of it."""
        if self._opened is not None:
            await self._opened[0].dispose()


class Notices:
    """Takes notices, keeps them until they are seen, and tells those who watch.

    Any number of them, in any process of this state folder, are one: they share the database.

    Args:
        shelf: the database.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._stands: dict[str, dict[str, Notice]] = {}
        self._written = False
        self._changed = asyncio.Event()
        self._looked = (0.0, 0)

    @classmethod
    def of(cls, settings: Settings) -> Notices:
        """Return the notices of a state folder."""
        return cls(Shelf(settings))

    async def publish(self, notice: Notice) -> str:
        """Tell what happened; return the notice's id.

        Two with the same source and key are one, counted, until somebody has seen it.
        """
        name = await (await self._shelf.board()).tell(notice)
        self._wake()
        return name

    async def once(self, notice: Notice, *, most: int, since: int) -> bool:
        """Tell what happened once, unless its source told too much; see `Board.once`."""
        told = await (await self._shelf.board()).once(notice, most, since)
        self._wake()
        return told

    async def stands(self, source: str, notices: Sequence[Notice]) -> None:
        """Say all that a source knows of now; what it does not name any more is over.

        Args:
            source: who says so; two who share a name would end each other's.
            notices: each with a key of its own.
        """
        now = {notice.key or notice.title: notice for notice in notices}
        before = self._stands.get(source)
        self._stands[source] = now
        if now != before and (now or self._written):
            await self._write(source)

    async def _write(self, source: str) -> None:
        board = await self._shelf.board()
        if not self._written:
            # What stood when the server stopped, and does not now, is over.
            self._written = True
            for other in await board.standing() & self._stands.keys():
                await board.stands(other, self._stands[other])
        if await board.stands(source, self._stands[source]):
            self._wake()

    async def page(
        self, people: Sequence[str], before: tuple[int, str] | None, limit: int
    ) -> NoticesView:
        """Return a page of somebody's notices; see `Board.page`."""
        board = await self._shelf.board()
        if not self._written:
            for source in tuple(self._stands):
                await self._write(source)
        found, unseen = await board.page(people, before, limit)
        last = found[-1] if len(found) == limit else None
        following = f"{last.last_at}-{last.id}" if last else None
        return NoticesView(notices=tuple(found), unseen=unseen, next=following)

    async def see(self, people: Sequence[str], ids: Sequence[str], by: str) -> None:
        """Note that somebody has seen these, in whichever browser."""
        await (await self._shelf.board()).see(people, ids, by)
        self._wake()

    async def follow(self, people: Sequence[str]) -> AsyncGenerator[NoticesLive]:
        """Yield how many are unseen now, and then with each change what is new."""
        board = await self._shelf.board()
        told = await board.since(people, None)
        yield NoticesLive(unseen=told.unseen)
        while True:
            changed = self._changed
            if await self._number(board) == told.number:
                try:
                    async with asyncio.timeout(LOOK):
                        await changed.wait()
                except TimeoutError:
                    continue
            now = await board.since(people, told.number)
            if now.unseen != told.unseen or now.fresh:
                yield NoticesLive(unseen=now.unseen, fresh=now.fresh)
            told = now

    async def _number(self, board: Board) -> int:
        """Return the number of the last change; one look is for all who watch."""
        at, number = self._looked
        if time.monotonic() - at >= LOOK / 2:
            number = await board.number()
            self._looked = (time.monotonic(), number)
        return number

    def _wake(self) -> None:
        """Let those who watch look now."""
        self._looked = (0.0, 0)
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def close(self) -> None:
        """Let go of the database."""
        await self._shelf.close()
