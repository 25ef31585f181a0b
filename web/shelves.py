"""What the chat keeps on disk, as far as it must know; loaded when it is first asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from schemas.approvals import ApprovalView
from schemas.chat import Attachment
from schemas.record import Asked, Entry


class Owners(Protocol):
    """Knows whose a conversation is; see ops/conversations/register.py."""

    async def owner(self, session: str) -> str | None:
        """Return whose a conversation is; None when it is not known."""
        ...

    async def begin(self, session: str, asked: Asked) -> None:
        """Enter a conversation, if it is not entered yet."""
        ...

    def touch(self, session: str, at: int) -> None:
        """Note that somebody spoke in it."""
        ...

    async def title(self, session: str) -> str:
        """Return what it is called; '' when it is not known."""
        ...


class Uploads(Protocol):
    """Knows the files that people sent; see ops/conversations/uploads.py."""

    async def of(self, person: str, ids: tuple[str, ...]) -> tuple[Attachment, ...]:
        """Return what is known of these files.

        Raises:
            NotFound: one is not theirs, or not there.
        """
        ...


class Journal(Protocol):
    """The written history; see ops/journal/pages.py."""

    async def before(
        self, session: str, turn: str | None, limit: int
    ) -> list[tuple[str, tuple[Entry, ...]]]:
        """Return the records of a session's turns before one, or of its last ones.

        Returns:
            (turn, record), the newest first.

        Raises:
            Transient: the journal cannot be read now.
        """
        ...

    async def record(self, session: str, turn: str) -> tuple[Entry, ...]:
        """Return a turn's record if it is of this session; nothing otherwise.

        Raises:
            Transient: the journal cannot be read now.
        """
        ...

    async def decided(
        self, person: str, before: int | None, limit: int
    ) -> tuple[list[ApprovalView], int | None]:
        """Return what somebody, who might have decided it, was asked and is over; newest first.

        Args:
            person: who.
            before: the row that the page before returned.
            limit: how many.

        Returns:
            the requests, and the row where the next page begins; None where there is none.

        Raises:
            Transient: the journal cannot be read now.
        """
        ...


class Shelves(Protocol):
    """All of it."""

    @property
    def owners(self) -> Owners:
        """Whose each conversation is."""
        ...

    @property
    def uploads(self) -> Uploads:
        """The files."""
        ...

    @property
    def journal(self) -> Journal:
        """What was said."""
        ...


Open = Callable[[], Awaitable[Shelves]]
"""Opens the shelves, once; from then on they are there at once."""
