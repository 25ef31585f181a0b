"""A program with a key of its own, which asks a running server."""

from __future__ import annotations

import asyncio
import urllib.request

from ops.settings import Settings
from ops.users.book import Book, opened
from ops.users.programs import make
from ops.users.rows import Person
from schemas.people import SCOPES, KeyForm, Scope


def new_key(settings: Settings, *scopes: Scope) -> str:
    """Make a key, for an owner who is there from now on; all scopes unless given."""

    async def run() -> str:
        async with opened(settings) as book:
            owner = await book.owner() or await _owner(book)
            form = KeyForm(name="test", scopes=scopes or SCOPES)
            return (await make(book, owner.id, owner.role, form)).key

    return asyncio.run(run())


async def _owner(book: Book) -> Person:
    owner = Person("owner", "Owner", "owner", "no password fits this")
    await book.add(owner)
    return owner


def fetch(settings: Settings, path: str, key: str = "") -> str:
    """Return what a running server answers a program."""
    where = f"http://127.0.0.1:{settings.http.port}{path}"
    request = urllib.request.Request(where, headers={"X-API-Key": key} if key else {})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(answer.read().decode())
