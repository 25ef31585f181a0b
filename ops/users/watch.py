"""Who is signed in, from memory; and the end of a login, heard by all that still serve it.

Another process may end a login: `nexus people password`, a second server. It counts up one number
in the database, which is looked at before anything remembered is believed, at most so often, and
while somebody has an answer under way that goes on for long.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ops.users.book import Book
from schemas.base import now_ms
from web.auth import Caller

log = structlog.get_logger("users")

LOOK_SECONDS = 0.4
"""How old the number may be that is believed: a login that ended elsewhere is refused within it."""
REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Known:
    """One login or key that counts.

    Attributes:
        caller: who it is.
        csrf: what the CSRF header must say, for a login.
        expires_at: when it ends by itself, in milliseconds since 1970; None for never.
        digest: of a key's secret.
        last_at: when a key was last used, as it is written down.
    """

    caller: Caller
    csrf: str = ""
    expires_at: int | None = None
    digest: str = ""
    last_at: int | None = None

    def alive(self) -> bool:
        """Whether it has not run out."""
        return self.expires_at is None or self.expires_at > now_ms()


Find = Callable[[str], Awaitable[Known | None]]


class Watch:
    """Remembers logins and keys for as long as nobody changed anybody's rights.

    Args:
        book: the accounts.
        find: looks one up in them, by its id.
    """

    def __init__(self, book: Book, find: Find) -> None:
        self._book, self._find = book, find
        self._known: dict[str, Known] = {}
        self._number = -1
        self._looked = float("-inf")
        self._events: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None

    async def known(self, login: str) -> Known | None:
        """Return a login or key by its id, if it still counts."""
        if asyncio.get_running_loop().time() - self._looked > LOOK_SECONDS:
            await self.look()
        found = self._known.get(login)
        if found is None:
            number = self._number
            found = await self._find(login)
            if found is not None and number == self._number:
                if len(self._known) >= REMEMBERED:
                    self._known.clear()
                self._known[login] = found
        return found if found is not None and found.alive() else None

    def note(self, login: str, known: Known) -> None:
        """Remember what is newer of a login or key that is remembered."""
        if login in self._known:
            self._known[login] = known

    async def look(self) -> None:
        """Forget what is remembered if anybody's rights changed; wake who waits for that."""
        now = asyncio.get_running_loop().time()
        number = await self._book.number()
        self._looked = now
        if number == self._number:
            return
        self._number = number
        self._known.clear()
        for login in list(self._events):
            if await self.known(login) is None:
                self._end(login)

    @contextmanager
    def watched(self, login: str) -> Iterator[asyncio.Event]:
        """Return an event that is set once a login or key has ended."""
        event = asyncio.Event()
        self._events[login].add(event)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._keep_looking())
        try:
            yield event
        finally:
            self._events[login].discard(event)
            if not self._events[login]:
                del self._events[login]

    async def _keep_looking(self) -> None:
        while self._events:
            try:
                await self.look()
                for login in list(self._events):
                    if await self.known(login) is None:
                        self._end(login)
            except (SQLAlchemyError, OSError) as error:
                # Nobody can say who still counts: nobody does.
                log.error("accounts.away", error=str(error))
                for login in list(self._events):
                    self._end(login)
            await asyncio.sleep(LOOK_SECONDS)

    def _end(self, login: str) -> None:
        for event in self._events.get(login, ()):
            event.set()

    async def close(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))
