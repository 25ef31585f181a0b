"""The shelves of the chat: loaded when somebody first uses it.

A database library takes twenty megabytes, which a server that nobody chats with need not have.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ops.settings import Settings
from web.shelves import Journal as Records

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from ops.conversations.register import Register
    from ops.conversations.uploads import Uploads

LARGEST = 20 << 20
"""Bytes of one file."""
PASSING = ("producer-", "once-")
"""How the names of conversations begin that nobody comes back to."""


class Written(Protocol):
    """A turn that was found."""

    @property
    def id(self) -> str:
        """Its name."""
        ...

    @property
    def session(self) -> str | None:
        """Its conversation."""
        ...

    @property
    def at(self) -> int:
        """When it was asked."""
        ...

    @property
    def question(self) -> str:
        """What was asked."""
        ...

    @property
    def answer(self) -> str | None:
        """What was said."""
        ...


class Journal(Records, Protocol):
    """The written history; see ops/journal/pages.py."""

    async def search(
        self, words: str, person: str, limit: int, *, within: str, without: Sequence[str]
    ) -> Sequence[Written]:
        """Return the last turns of a person in which these words stand, newest first.

        Args:
            words: what to find.
            person: who asked.
            limit: how many.
            within: how the names begin of the conversations that count.
            without: how those begin that do not.

        Raises:
            Transient: the journal cannot be read now.
        """
        ...

    async def last(self) -> int:
        """Return the place of the last question."""
        ...

    async def questions(self, after: int, limit: int) -> Sequence[Any]:
        """Return the questions behind a place, oldest first."""
        ...

    async def close(self) -> None:
        """Let go of it."""
        ...


@dataclass(frozen=True)
class Shelves:
    """All that the chat keeps on disk.

    Attributes:
        owners: whose each conversation is.
        uploads: the files.
        journal: what was said.
    """

    owners: Register
    uploads: Uploads
    journal: Journal
    engine: AsyncEngine


OpenAll = Callable[[], Awaitable[Shelves]]


class Late:
    """Opens the shelves once.

    Args:
        settings: where they are.
        journal: opens the written history.
    """

    def __init__(self, settings: Settings, journal: Callable[[], Journal]) -> None:
        self._settings = settings
        self._journal = journal
        self._opened: Shelves | None = None
        self._opening = asyncio.Lock()

    async def open(self) -> Shelves:
        """Return the shelves."""
        if self._opened is not None:
            return self._opened
        async with self._opening:
            if self._opened is None:
                # In a thread, for meanwhile the pipeline works on.
                await asyncio.to_thread(importlib.import_module, "ops.conversations.register")
                self._opened = self._made()
            return self._opened

    def _made(self) -> Shelves:
        from ops import database  # noqa: PLC0415
        from ops.conversations.register import Register  # noqa: PLC0415
        from ops.conversations.uploads import Uploads  # noqa: PLC0415

        engine = database.connect(database.home(self._settings))
        journal = self._journal()
        folder: Path = self._settings.root / "attachments"
        return Shelves(Register(engine, journal), Uploads(engine, folder), journal, engine)

    async def close(self) -> None:
        """Let go of what was opened."""
        if self._opened is not None:
            await self._opened.engine.dispose()
            await self._opened.journal.close()
