"""`nexus people pair`: who a stranger on a messenger is, and who is known where."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from ops import meant
from ops.meant import AsJson, Root
from ops.users.terminal import (
    clock,
    date,
    owner_or,
    safe,
    say,
    say_json,
    with_book,
)  # fmt: skip

if TYPE_CHECKING:
    from ops.settings import Settings
    from ops.users.book import Book
    from ops.users.known import Identity
    from streams.pairing import Stranger

    Sure = Callable[[str, Stranger, str], None]


def pair(
    code: Annotated[str, typer.Argument(metavar="CODE", help="As the stranger was told it.")],
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Who they are; the owner unless given.")
    ] = "",
    who: Annotated[
        str, typer.Option("--id", metavar="ID", help="Their id there, instead of being asked.")
    ] = "",
    as_json: AsJson = False,
    _root: Root = None,
) -> None:
    """Let somebody be known on a messenger: who writes to the bot there is told a code.

    It shows who it is, and asks. Compare the id with the one that the bot told them: it is what
    counts, and a name proves nothing.

    \b
    Examples:
      nexus people pair BCDF-2345
      nexus people pair BCDF-2345 Grace --id 123456
    """
    sure = _named(who) if who else _asked
    identity, person = asyncio.run(_pair(meant.settings(made=True), code, name, sure))
    if as_json:
        say_json(**asdict(identity))
    else:
        said = f" ({safe(identity.name)})" if identity.name else ""
        say(f"{identity.who}{said} on {identity.channel} is {safe(person)} from now on.")


def unpair(
    channel: Annotated[str, typer.Argument(metavar="CHANNEL", help="Such as telegram.")],
    who: Annotated[str, typer.Argument(metavar="ID", help="Their id there.")],
    as_json: AsJson = False,
    _root: Root = None,
) -> None:
    """Let an id on a messenger be a stranger's again, at once.

    \b
    Examples:
      nexus people known
      nexus people unpair telegram 123456
    """
    from schemas.errors import NotFound

    async def remove(book: Book) -> bool:
        return await book.known.remove(channel, who)

    if not with_book(meant.settings(made=True), remove):
        raise NotFound(f"Nobody is known as {who} on {channel}; `nexus people known` lists all.")
    if as_json:
        say_json(channel=channel, who=who, removed=True)
    else:
        say(f"{safe(who)} on {safe(channel)} is a stranger from now on.")


def show(as_json: AsJson = False, _root: Root = None) -> None:
    """Show who is known on which messenger."""

    async def ask(book: Book) -> list[tuple[Identity, str]]:
        return await book.known.all()

    found = with_book(meant.settings(made=True), ask)
    if as_json:
        say_json(identities=[{**asdict(one), "person_name": person} for one, person in found])
        return
    if not found:
        say("Nobody yet; whoever writes to a bot of yours is told how.")
    for one, person in found:
        say(f"{one.channel:<10} {one.who:<16} {safe(person):<20} {date(one.at)}  {safe(one.name)}")


def _asked(code: str, stranger: Stranger, person: str) -> None:
    """Let the owner say whether this is whom they mean.

    Raises:
        Invalid: nobody can be asked.
    """
    from schemas.errors import Invalid

    who = f"id {safe(stranger.who)} on {safe(stranger.channel)}"
    called = f", who calls themselves {safe(stranger.name)}," if stranger.name else ""
    if not sys.stdin.isatty():
        raise Invalid(f"{code} was told to {who}{called} and nobody can be asked; say --id.")
    say(f"{code} was told to {who}{called} at {clock(stranger.at)}.")
    typer.confirm(f"Is this {safe(person)}?", abort=True)


def _named(who: str) -> Sure:
    def check(code: str, stranger: Stranger, _: str) -> None:
        from schemas.errors import Conflict

        if stranger.who != who:
            raise Conflict(f"{code} was told to another id there, {safe(stranger.who)}.")

    return check


async def _pair(here: Settings, code: str, name: str, sure: Sure) -> tuple[Identity, str]:
    """Let a stranger be somebody.

    Args:
        here: all settings.
        code: what the stranger was told.
        name: who they are; the owner where it is empty.
        sure: is shown who it is, and raises where that is not meant.

    Raises:
        NotFound: there is no such code, or nobody of that name.
        Conflict: the code is somebody else's since that was shown.
    """
    from ops.addresses import url
    from ops.users.book import opened
    from ops.users.known import Identity
    from schemas.approvals import written
    from schemas.errors import Conflict, NotFound
    from streams.cards import shown
    from streams.line import Line
    from streams.pairing import Pairing

    try:
        line = Line(url(here, "durable", "desk"))
    except FileNotFoundError:
        raise NotFound("This server never ran; `nexus up` starts it.") from None
    pairing = Pairing(line.say)
    try:
        async with opened(here) as book:
            stranger = await pairing.look(code)
            person = await owner_or(book, name)
            sure(shown(written(code)), stranger, person.name)
            # The messengers' process writes the codes: what counts is what was shown.
            if await pairing.look(code) != stranger:
                raise Conflict("This code is somebody else's by now; nobody was let in.")
            identity = Identity(stranger.channel, stranger.who, stranger.name, person.id)
            await book.known.add(identity)
            await pairing.used(code, stranger)
    finally:
        await line.close()
    return identity, person.name
