"""Passwords: how they are kept, and which are taken."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from schemas.errors import Invalid, TooMuch

Found = TypeVar("Found")

SHORTEST = 10
FEWEST = 5
"""Different characters of a password."""
PARALLEL = 2
"""Hashes at a time: each takes 64 MB and all it gets of two cores."""
WAITING = 20
"""Beyond so many that wait, no more are taken."""


def known_as(name: str) -> str:
    """Return a name as it is compared: no two people differ in letters' size or form alone."""
    return unicodedata.normalize("NFKC", name).casefold()


def check(password: str, name: str) -> None:
    """Make sure that a password may be chosen.

    Raises:
        Invalid: it may not; one sentence says why.
    """
    if len(password) < SHORTEST:
        raise Invalid(f"The password has {len(password)} characters; take at least {SHORTEST}.")
    plain, owner = ("".join(known_as(one).split()) for one in (password, name))
    if len(plain.replace(owner, "")) < FEWEST:
        raise Invalid("The password is little more than the name; take another one.")
    if len(set(password)) < FEWEST:
        raise Invalid(f"The password needs at least {FEWEST} different characters.")


class Hasher:
    """Hashes passwords with Argon2id in threads, a few at a time (RFC 9106, second choice)."""

    def __init__(self) -> None:
        self._hash = PasswordHash((Argon2Hasher(),))
        self._turn = asyncio.Semaphore(PARALLEL)
        self._waiting = 0
        self._nobodys = ""

    async def hash(self, password: str) -> str:
        """Return what is kept of a password.

        Raises:
            TooMuch: too many wait already.
        """
        return await self._run(self._hash.hash, _bytes(password))

    async def verify(self, password: str, kept: str | None) -> tuple[bool, str | None]:
        """Whether a password is the one that was kept; it takes as long for nobody's.

        Args:
            password: as it was typed.
            kept: what `hash` returned; None where there is nobody of that name.

        Returns:
            whether it is, and what to keep from now on, if that is something else.

        Raises:
            TooMuch: too many wait already.
        """
        if not self._nobodys:
            self._nobodys = await self.hash("nobody has this password")
        fits, better = await self._run(
            self._hash.verify_and_update, _bytes(password), kept or self._nobodys
        )
        return fits and kept is not None, better if kept is not None else None

    async def _run(self, work: Callable[..., Found], *arguments: object) -> Found:
        if self._waiting >= WAITING:
            raise TooMuch("Too many sign in at this moment; try again soon.", retry_after=5)
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(work, *arguments)
        finally:
            self._waiting -= 1


def _bytes(password: str) -> bytes:
    # The same characters are the same password, whichever keyboard composed them.
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
