"""Staying signed in: refresh tokens that count once, and what is done when one comes back.

A token that was ours and was replaced is a stolen one: its login ends. A token that never was ours
is a stranger's guess at a login's id: it is refused, and ends nothing.
"""

from __future__ import annotations

import structlog

from ops import codes
from ops.users.book import Book
from ops.users.rows import Login, Person
from ops.users.tokens import Tokens
from ops.users.watch import Watch
from schemas.base import now_ms
from web.auth import Unauthorized

log = structlog.get_logger("users")

LOGIN_SECONDS = 30 * 24 * 3_600
"""A login that nobody used for so long is over."""
REPEAT_MS = 10_000
"""So long after a refresh the token before it gets the same answer: two tabs of one browser ask at
once, and an answer gets lost. Later, whoever has it has stolen it."""


class Staying:
    """Renews logins.

    Args:
        book: the accounts.
        watch: hears of logins that end.
        tokens: makes refresh tokens, and knows them again.
    """

    def __init__(self, book: Book, watch: Watch, tokens: Tokens) -> None:
        self._book, self._watch, self._tokens = book, watch, tokens
        self._replaced: dict[str, tuple[str, int]] = {}

    async def renew(self, token: str, address: str) -> tuple[Person, Login, str | None]:
        """Return whose login this token renews, and the next token; None where they have it.

        Raises:
            Unauthorized: the token is none that counts; if it counted once, the login ends, for
                somebody has it who should not.
        """
        found = await self._book.login(token.partition(".")[0])
        if found is None:
            raise Unauthorized("This login has ended; sign in again.")
        login, person = found
        given = codes.digest(token)
        if codes.same(given, login.refresh):
            fresh = self._tokens.refresh(login.id)
            until = now_ms() + LOGIN_SECONDS * 1000
            if await self._book.refresh(login, codes.digest(fresh), until, address):
                self._remember(given, fresh)
                return person, login, fresh
            found = await self._book.login(login.id)  # another tab was faster
            login = found[0] if found else login
        before = login.before is not None and codes.same(given, login.before)
        if before and now_ms() - login.rotated_at < REPEAT_MS:
            return person, login, self._replaced.get(given, (None,))[0]
        if before or self._tokens.refreshed(token):
            await self._book.sign_out(person.id, login.id)
            await self._watch.look()
            log.warning("login.reused", person=person.id, login=login.id, address=address)
            raise Unauthorized("This login was used from two places, and has ended; sign in again.")
        log.warning("login.guessed", person=person.id, login=login.id, address=address)
        raise Unauthorized("This login is not known; sign in again.")

    def _remember(self, before: str, fresh: str) -> None:
        now = now_ms()
        self._replaced = {d: one for d, one in self._replaced.items() if one[1] > now}
        self._replaced[before] = (fresh, now + REPEAT_MS)
