"""What the accounts' commands share: whom they mean, where they look, how they speak."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

# What a command needs is loaded when it runs: each word of `nexus` starts as fast as it can.

if TYPE_CHECKING:
    from ops.settings import Settings
    from ops.users.book import Book
    from ops.users.rows import Person

Found = TypeVar("Found")


async def named(book: Book, name: str) -> Person:
    """Return a person by name.

    Raises:
        NotFound: there is nobody of that name.
    """
    from schemas.errors import NotFound

    person = await book.named(name)
    if person is None:
        raise NotFound(f"There is nobody called {name}; `nexus people list` shows who there is.")
    return person


async def owner_or(book: Book, name: str) -> Person:
    """Return a person by name, or the owner where there is no name.

    Raises:
        NotFound: there is nobody of that name, or no owner yet.
    """
    from schemas.errors import NotFound

    person = await named(book, name) if name else await book.owner()
    if person is None:
        raise NotFound("There is no owner yet; `nexus setup-code` prints how to become one.")
    return person


def with_book(here: Settings, ask: Callable[[Book], Awaitable[Found]]) -> Found:
    """Ask something of the accounts."""
    from ops.users.book import opened

    async def run() -> Found:
        async with opened(here) as book:
            return await ask(book)

    return asyncio.run(run())


def done(as_json: bool, person: Person, what: str) -> None:
    """Say what was done to somebody."""
    if as_json:
        say_json(id=person.id, name=person.name)
    else:
        say(f"{safe(person.name)} {what}.")


def fault(error: Any) -> str:
    """Say what the first fault of a form is."""
    from schemas.faults import plain

    first = error.errors(include_url=False)[0]
    return f"{first['loc'][0]}: {plain(first)}."


def amount(count: int, what: str) -> str:
    """Return how many there are of something."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def date(at: int) -> str:
    """Return the day of a moment in milliseconds since 1970."""
    return time.strftime("%Y-%m-%d", time.localtime(at / 1000))


def clock(at: int) -> str:
    """Return the time of day of a moment in milliseconds since 1970."""
    return time.strftime("%H:%M", time.localtime(at / 1000))


def safe(text: str) -> str:
    """Return a text of somebody else's that cannot move a cursor."""
    return re.sub(r"[^ -~\u00a1-\ud7ff]", "?", text)


def say(text: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{text}\n")


def say_json(**found: Any) -> None:
    """Print one JSON object."""
    say(json.dumps(found))
