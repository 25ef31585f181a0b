"""`nexus setup-code`, `nexus people` and `nexus keys`: whoever has the terminal is the owner."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

# What a command needs is loaded when it runs: each word of `nexus` starts as fast as it can.

if TYPE_CHECKING:
    from ops.settings import Settings
    from ops.users.book import Book, Person

Found = TypeVar("Found")
Root = Annotated[
    Path | None,
    typer.Option(
        "--root",
        "--data-dir",
        metavar="DIR",
        help="The state folder, instead of NEXUS_ROOT or ~/nexus.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="As one JSON object.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="As it is typed to sign in.")]

people = typer.Typer(
    help="Who may sign in; passwords that were forgotten.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
keys = typer.Typer(
    help="Keys for programs that use the web door.", no_args_is_help=True, rich_markup_mode=None
)


def setup_code(context: typer.Context, as_json: AsJson = False, root: Root = None) -> None:
    """Print the address at which somebody becomes the owner, with a fresh code.

    The code counts once, until the next one is printed.

    \b
    Examples:
      nexus setup-code
      nexus setup-code --json | jq -r .url
    """
    from ops import ownership
    from schemas.errors import Conflict

    here = _settings(context, root)
    link = ownership.link(here)
    if link is None:
        raise Conflict(
            "This server has an owner already. If the password is lost: nexus people password NAME"
        )
    if as_json:
        _say_json(url=link, code=link.partition("#")[2])
    else:
        _say(f"Open this once, to become the owner:  {link}")


# People -----------------------------------------------------------------------------------------


@people.command("list")
def show_people(context: typer.Context, as_json: AsJson = False, root: Root = None) -> None:
    """Show who may sign in."""

    async def ask(book: Book) -> list[tuple[Person, int, int]]:
        return [
            (one, len(await book.logins(one.id)), len(await book.keys(one.id)))
            for one in await book.everybody()
        ]

    found = _with(_settings(context, root), ask)
    if as_json:
        _say_json(
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
        _say("Nobody yet; `nexus setup-code` prints how to become the owner.")
    for one, logins, held in found:
        more = ", authenticator app" if one.totp else ""
        _say(
            f"{one.name:<20} {one.role:<7} {_amount(logins, 'login')}, {_amount(held, 'key')}{more}"
        )


@people.command("add")
def add(context: typer.Context, name: Name, as_json: AsJson = False, root: Root = None) -> None:
    """Let somebody sign in who may ask, and see what is theirs. The password is asked for.

    \b
    Examples:
      nexus people add Grace
      pass show grace | nexus people add Grace
    """
    from pydantic import TypeAdapter, ValidationError

    from ops import ownership, prompt
    from ops.users import passwords
    from ops.users.book import Person
    from schemas.base import new_id
    from schemas.errors import Invalid
    from schemas.people import PersonName

    here = _settings(context, root)
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

    person = _with(here, make)
    if as_json:
        _say_json(id=person.id, name=person.name, role=person.role)
    else:
        _say(f"{_safe(name)} may sign in at {ownership.address(here)}.")


@people.command()
def remove(context: typer.Context, name: Name, as_json: AsJson = False, root: Root = None) -> None:
    """Let somebody sign in no more; their logins and keys end now."""
    from schemas.errors import Conflict

    async def forget(book: Book) -> Person:
        person = await _named(book, name)
        if person.role == "owner":
            raise Conflict("The owner stays; `nexus people password` gives them a new password.")
        await book.remove(person.id)
        return person

    person = _with(_settings(context, root), forget)
    _done(as_json, person, "is removed")


@people.command()
def password(
    context: typer.Context, name: Name, as_json: AsJson = False, root: Root = None
) -> None:
    """Give somebody a new password, which is asked for; all their logins end now.

    \b
    Examples:
      nexus people password Ada
    """
    from ops import prompt
    from ops.users import passwords

    here = _settings(context, root)
    fresh = prompt.secret("New password", twice=True)

    async def change(book: Book) -> Person:
        person = await _named(book, name)
        passwords.check(fresh, person.name)
        await book.set_password(person.id, await passwords.Hasher().hash(fresh))
        await _forgive(here, person.name)
        return person

    _done(as_json, _with(here, change), "has a new password")


@people.command("totp-off")
def totp_off(
    context: typer.Context, name: Name, as_json: AsJson = False, root: Root = None
) -> None:
    """Ask somebody for no code any more, whose authenticator app is lost; their logins end now."""
    from ops.users.second import forget
    from ops.vault import Vault

    here = _settings(context, root)

    async def end(book: Book) -> Person:
        person = await _named(book, name)
        await forget(book, Vault(here.root), person.id)
        return person

    _done(as_json, _with(here, end), "signs in without a code")


@people.command()
def logout(context: typer.Context, name: Name, as_json: AsJson = False, root: Root = None) -> None:
    """End all logins of somebody now, wherever they are; keys of programs stay."""

    async def end(book: Book) -> Person:
        person = await _named(book, name)
        await book.sign_out_all(person.id)
        return person

    _done(as_json, _with(_settings(context, root), end), "is signed out everywhere")


async def _forgive(here: Settings, name: str) -> None:
    """Let the next try count as the first; where nothing runs, nothing is counted either."""
    from ops.addresses import url
    from ops.users.passwords import known_as
    from web.limits import Brakes

    with suppress(FileNotFoundError):
        brakes = Brakes(url(here, "live", "web-limits"))
        await brakes.forgive(known_as(name))
        await brakes.close()


# Keys -------------------------------------------------------------------------------------------


@keys.command("create")
def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for.")],
    scope: Annotated[
        list[str],
        typer.Option("--scope", "-s", help="chat, read, events, tools or admin; again for more."),
    ],
    person: Annotated[str, typer.Option("--for", metavar="NAME", help="Whose; the owner's.")] = "",
    expires_days: Annotated[
        int | None, typer.Option("--expires-days", min=1, max=3650, help="After these it ends.")
    ] = None,
    as_json: AsJson = False,
    root: Root = None,
) -> None:
    """Make a key for a program, with the rights it needs. It is printed this one time.

    \b
    Examples:
      nexus keys create doorbell --scope events --expires-days 365
      nexus keys create notebook --scope chat --scope read --json | jq -r .key
    """
    from pydantic import ValidationError

    from ops.users.programs import make
    from schemas.errors import Invalid
    from schemas.people import KeyForm, KeyMade

    try:
        form = KeyForm.model_validate({"name": name, "scopes": scope, "expires_days": expires_days})
    except ValidationError as error:
        raise Invalid(_fault(error)) from None

    async def issue(book: Book) -> KeyMade:
        whose = await _owner_or(book, person)
        return await make(book, whose.id, whose.role, form)

    made = _with(_settings(context, root), issue)
    if as_json:
        _say_json(**made.model_dump())
    else:
        _say(made.key)
        sys.stderr.write("It is not shown again; send it as X-API-Key, never in an address.\n")


@keys.command("list")
def show_keys(context: typer.Context, as_json: AsJson = False, root: Root = None) -> None:
    """Show all keys: whose they are, what they may, when they were last used."""
    from ops.users.programs import shown

    async def ask(book: Book) -> list[dict[str, Any]]:
        names = {one.id: one.name for one in await book.everybody()}
        return [
            {**shown(one).model_dump(), "person": names.get(one.person, one.person)}
            for one in await book.keys()
        ]

    found = _with(_settings(context, root), ask)
    if as_json:
        _say_json(keys=found)
        return
    if not found:
        _say("There are no keys; `nexus keys create NAME --scope chat` makes one.")
    for one in found:
        ends = f", until {_date(one['expires_at'])}" if one["expires_at"] else ""
        used = f"used {_date(one['last_at'])}" if one["last_at"] else "never used"
        who = _safe(f"{one['name']:<20} {one['person']:<12}")
        _say(f"{one['id']}  {who} {' '.join(one['scopes'])}; {used}{ends}")


@keys.command("revoke")
def revoke_key(
    context: typer.Context,
    key: Annotated[str, typer.Argument(metavar="ID", help="As `nexus keys list` shows it.")],
    as_json: AsJson = False,
    root: Root = None,
) -> None:
    """End a key now, and what is under way with it."""
    from ops.users.programs import revoke

    _with(_settings(context, root), lambda book: revoke(book, key))
    if as_json:
        _say_json(id=key, revoked=True)
    else:
        _say(f"{_safe(key)} counts no longer.")


# Common -----------------------------------------------------------------------------------------


async def _named(book: Book, name: str) -> Person:
    from schemas.errors import NotFound

    person = await book.named(name)
    if person is None:
        raise NotFound(f"There is nobody called {name}; `nexus people list` shows who there is.")
    return person


async def _owner_or(book: Book, name: str) -> Person:
    from schemas.errors import NotFound

    person = await _named(book, name) if name else await book.owner()
    if person is None:
        raise NotFound("There is no owner yet; `nexus setup-code` prints how to become one.")
    return person


def _with(here: Settings, ask: Callable[[Book], Awaitable[Found]]) -> Found:
    """Ask something of the accounts."""
    from ops.users.book import opened

    async def run() -> Found:
        async with opened(here) as book:
            return await ask(book)

    return asyncio.run(run())


def _settings(context: typer.Context, given: Path | None) -> Settings:
    from ops import config
    from ops.settings import root_of

    above = context.find_root().params
    return config.load(root_of(given=given or above.get("root") or above.get("_root")))


def _done(as_json: bool, person: Person, what: str) -> None:
    if as_json:
        _say_json(id=person.id, name=person.name)
    else:
        _say(f"{_safe(person.name)} {what}.")


def _fault(error: Any) -> str:
    first = error.errors(include_url=False)[0]
    return f"{first['loc'][0]}: {first['msg']}."


def _amount(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _date(at: int) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(at / 1000))


def _safe(text: str) -> str:
    return re.sub(r"[^ -~\u00a1-\ud7ff]", "?", text)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _say_json(**found: Any) -> None:
    _say(json.dumps(found))
