"""`nexus setup-code`, `nexus people` and `nexus keys`: whoever has the terminal is the owner."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from ops import meant
from ops.meant import AsJson, Root
from ops.users import pair_commands
from ops.users.key_commands import keys
from ops.users.terminal import (
    amount,
    done,
    named,
    safe,
    say,
    say_json,
    with_book,
)  # fmt: skip

if TYPE_CHECKING:
    from ops.settings import Settings
    from ops.users.book import Book
    from ops.users.rows import Person

__all__ = ["keys", "people", "setup_code"]

Name = Annotated[str, typer.Argument(metavar="NAME", help="As it is typed to sign in.")]

people = typer.Typer(
    help="Who may sign in; passwords that were forgotten.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def setup_code(as_json: AsJson = False, _root: Root = None) -> None:
    """Print the address at which somebody becomes the owner, with a fresh code.

    The code counts once, until the next one is printed.

    \b
    Examples:
      nexus setup-code
      nexus setup-code --json | jq -r .url
    """
    from ops import ownership
    from schemas.errors import Conflict

    here = meant.settings(made=True)
    link = ownership.link(here)
    if link is None:
        raise Conflict(
            "This server has an owner already; `nexus people password NAME` gives them a new"
            " password."
        )
    if as_json:
        say_json(url=link, code=link.partition("#")[2])
    else:
        say(f"Open this once, to become the owner:  {link}")


# People -----------------------------------------------------------------------------------------


@people.command("list")
def show_people(as_json: AsJson = False, _root: Root = None) -> None:
    """Show who may sign in."""

    async def ask(book: Book) -> list[tuple[Person, int, int]]:
        return [
            (one, len(await book.logins(one.id)), len(await book.keys(one.id)))
            for one in await book.everybody()
        ]

    found = with_book(meant.settings(made=True), ask)
    if as_json:
        say_json(
            people=[
                {
                    "id": one.id,
                    "name": one.name,
                    "role": one.role,
                    "totp": one.totp,
                    "at": one.at,
                    "logins": logins,
                    "keys": held,
                }
                for one, logins, held in found
            ]
        )
        return
    if not found:
        say(meant.hint("Nobody yet; `nexus setup-code` prints how to become the owner."))
    for one, logins, held in found:
        more = ", authenticator app" if one.totp else ""
        say(f"{one.name:<20} {one.role:<7} {amount(logins, 'login')}, {amount(held, 'key')}{more}")


@people.command("add")
def add(name: Name, as_json: AsJson = False, _root: Root = None) -> None:
    """Let somebody sign in who may ask, and see what is theirs. The password is asked for.

    \b
    Examples:
      nexus people add Grace
      pass show grace | nexus people add Grace
    """
    from pydantic import TypeAdapter, ValidationError

    from ops import ownership, prompt
    from ops.users import passwords
    from ops.users.rows import Person
    from schemas.base import new_id
    from schemas.errors import Invalid
    from schemas.people import PersonName

    here = meant.settings(made=True)
    try:
        TypeAdapter(PersonName).validate_python(name)
    except ValidationError:
        raise Invalid("A name has 1 to 64 characters, and no space at either end.") from None
    password = prompt.secret("Password", twice=True)
    passwords.check(password, name)

    async def make(book: Book) -> Person:
        person = Person(new_id(), name, "member", await passwords.Hasher().hash(password))
        await book.add(person)
        return person

    person = with_book(here, make)
    if as_json:
        say_json(id=person.id, name=person.name, role=person.role)
    else:
        say(f"{safe(name)} may sign in at {ownership.address(here)}.")


@people.command()
def remove(name: Name, as_json: AsJson = False, _root: Root = None) -> None:
    """Let somebody sign in no more; their logins and keys end now."""
    from schemas.errors import Conflict

    async def forget(book: Book) -> Person:
        person = await named(book, name)
        if person.role == "owner":
            raise Conflict("The owner stays; `nexus people password` gives them a new password.")
        await book.remove(person.id)
        return person

    person = with_book(meant.settings(made=True), forget)
    done(as_json, person, "is removed")


@people.command()
def password(name: Name, as_json: AsJson = False, _root: Root = None) -> None:
    """Give somebody a new password, which is asked for; all their logins end now.

    \b
    Examples:
      nexus people password Ada
    """
    from ops import prompt
    from ops.users import passwords

    here = meant.settings(made=True)
    fresh = prompt.secret("New password", twice=True)

    async def change(book: Book) -> Person:
        person = await named(book, name)
        passwords.check(fresh, person.name)
        await book.set_password(person.id, await passwords.Hasher().hash(fresh))
        await _forgive(here, person.name)
        return person

    done(as_json, with_book(here, change), "has a new password")


@people.command("totp-off")
def totp_off(name: Name, as_json: AsJson = False, _root: Root = None) -> None:
    """Ask somebody for no code any more, whose authenticator app is lost; their logins end now."""
    from ops.users.second import forget
    from ops.vault import Vault

    here = meant.settings(made=True)

    async def end(book: Book) -> Person:
        person = await named(book, name)
        await forget(book, Vault(here.root), person.id)
        return person

    done(as_json, with_book(here, end), "signs in without a code")


@people.command()
def logout(name: Name, as_json: AsJson = False, _root: Root = None) -> None:
    """End all logins of somebody now, wherever they are; keys of programs stay."""

    async def end(book: Book) -> Person:
        person = await named(book, name)
        await book.sign_out_all(person.id)
        return person

    done(as_json, with_book(meant.settings(made=True), end), "is signed out everywhere")


async def _forgive(here: Settings, name: str) -> None:
    """Let the next try count as the first; where nothing runs, nothing is counted either."""
    from ops.addresses import url
    from ops.users.passwords import known_as
    from web.limits import Brakes

    with suppress(FileNotFoundError):
        brakes = Brakes(url(here, "live", "web-limits"))
        await brakes.forgive(known_as(name))
        await brakes.close()


people.command("pair")(pair_commands.pair)
people.command("unpair")(pair_commands.unpair)
people.command("known")(pair_commands.show)
