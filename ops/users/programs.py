"""Keys of programs: shown once, kept as a digest, with scopes and perhaps an end."""

from __future__ import annotations

import secrets as random
from dataclasses import replace

from ops import codes
from ops.users.book import Book
from ops.users.rights import KEY_MARK, ROLE_SCOPES
from ops.users.rows import ProgramKey
from ops.users.service import Accounts
from schemas.base import new_id, now_ms
from schemas.errors import Conflict, Forbidden, NotFound
from schemas.people import KeyForm, KeyMade, KeyShown, Role
from web.auth import Caller, Unauthorized

MARK = "nexus"
"""How every key begins, so that it is recognised wherever it turns up."""
NOTED_MS = 60_000
"""How exactly the last use is written down."""
DAY_MS = 24 * 3_600 * 1000
MOST = 100
"""Keys of one person."""


class Programs:
    """Keys of programs, while the server runs.

    Args:
        accounts: whose they are.
    """

    def __init__(self, accounts: Accounts) -> None:
        self._watch, self._book = accounts.watch, accounts.book

    async def by_key(self, given: str) -> Caller:
        """Return whose key this is.

        Raises:
            Unauthorized: nobody's, or not any more.
        """
        mark, _, rest = given.partition("_")
        name, _, _ = rest.partition("_")
        ours = mark == MARK and name.startswith(KEY_MARK)
        known = await self._watch.known(name) if ours else None
        if known is None or not codes.same(codes.digest(given), known.digest):
            raise Unauthorized("This key is not known, or not any more.")
        now = now_ms()
        if known.last_at is None or now - known.last_at > NOTED_MS:
            self._watch.note(name, replace(known, last_at=now))
            await self._book.use_key(name)
        return known.caller

    async def shown(self, person: str) -> tuple[KeyShown, ...]:
        """Return the keys of somebody, as they can be shown again."""
        return tuple(shown(one) for one in await self._book.keys(person))

    async def make(self, person: str, role: Role, form: KeyForm) -> KeyMade:
        """Make a key for a program of somebody; see `make`."""
        return await make(self._book, person, role, form)

    async def revoke(self, key: str, person: str) -> None:
        """End a key of somebody, and what is under way with it; see `revoke`."""
        await revoke(self._book, key, person)
        await self._watch.look()


async def make(book: Book, person: str, role: Role, form: KeyForm) -> KeyMade:
    """Make a key for a program of somebody.

    Raises:
        Forbidden: it would be allowed more than they are.
        Conflict: they have a hundred already.
    """
    beyond = set(form.scopes) - ROLE_SCOPES[role]
    if beyond:
        raise Forbidden(f"You have not the right `{sorted(beyond)[0]}` yourself.")
    if len(await book.keys(person)) >= MOST:
        raise Conflict(f"You have {MOST} keys already; revoke one that nobody uses.")
    name = KEY_MARK + new_id()
    key = f"{MARK}_{name}_{random.token_urlsafe(32)}"
    ends = now_ms() + form.expires_days * DAY_MS if form.expires_days is not None else None
    scopes = tuple(dict.fromkeys(form.scopes))
    await book.add_key(ProgramKey(name, person, form.name, scopes, codes.digest(key), ends))
    return KeyMade(id=name, name=form.name, scopes=scopes, key=key)


def shown(key: ProgramKey) -> KeyShown:
    """Return a key as it can be shown again."""
    return KeyShown(
        id=key.id,
        name=key.name,
        scopes=key.scopes,
        hint=f"{MARK}_{key.id[:9]}…",
        at=key.at,
        last_at=key.last_at,
        expires_at=key.expires_at,
    )


async def revoke(book: Book, key: str, person: str | None = None) -> None:
    """End a key.

    Raises:
        NotFound: there is none of this id, or it is somebody else's.
    """
    if not await book.revoke(key, person):
        raise NotFound("There is no such key.")
