"""`nexus keys`: keys for programs, made and ended at the terminal."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops import meant
from ops.meant import AsJson, Root
from ops.users.terminal import (
    date,
    fault,
    owner_or,
    safe,
    say,
    say_json,
    with_book,
)  # fmt: skip

if TYPE_CHECKING:
    from ops.users.book import Book

keys = typer.Typer(
    help="Keys for programs that use the web door.", no_args_is_help=True, rich_markup_mode=None
)


@keys.command("create")
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for.")],
    scope: Annotated[
        list[str],
        typer.Option("--scope", "-s", help="chat, read, events, tools or admin; again for more."),
    ],
    person: Annotated[str, typer.Option("--for", metavar="NAME", help="Whose; the owner's.")] = "",
    expires_days: Annotated[
        int | None, typer.Option("--expires-days", min=1, max=3650, help="After these it ends.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write it there, for you alone (mode 0600)."),
    ] = None,
    as_json: AsJson = False,
    _root: Root = None,
) -> None:
    """Make a key for a program, with the rights it needs. It is shown this one time.

    \b
    Examples:
      nexus keys create doorbell --scope events --expires-days 365 --out ~/doorbell.key
      nexus keys create notebook --scope chat --scope read --json | jq -r .key
    """
    from pydantic import ValidationError

    from ops import private
    from ops.users.programs import make
    from schemas.errors import Conflict, Invalid
    from schemas.people import KeyForm, KeyMade

    try:
        form = KeyForm.model_validate({"name": name, "scopes": scope, "expires_days": expires_days})
    except ValidationError as error:
        raise Invalid(fault(error)) from None

    async def issue(book: Book) -> KeyMade:
        whose = await owner_or(book, person)
        return await make(book, whose.id, whose.role, form)

    if out is not None and os.path.lexists(out):
        raise Conflict(f"{out} exists already; name another file, or delete it first.")
    made = with_book(meant.settings(made=True), issue)
    if out is not None:
        private.write(out, made.key)
        if as_json:
            say_json(**made.model_dump(exclude={"key"}), out=str(out))
        else:
            say(f"The key is in {safe(str(out))}, readable by you alone; send it as X-API-Key.")
    elif as_json:
        say_json(**made.model_dump())
    else:
        say(made.key)
        sys.stderr.write("It is not shown again; send it as X-API-Key, never in an address.\n")


@keys.command("list")
def show_keys(as_json: AsJson = False, _root: Root = None) -> None:
    """Show all keys: whose they are, what they may, when they were last used."""
    from ops.users.programs import shown

    async def ask(book: Book) -> list[dict[str, Any]]:
        names = {one.id: one.name for one in await book.everybody()}
        return [
            {**shown(one).model_dump(), "person": names.get(one.person, one.person)}
            for one in await book.keys()
        ]

    found = with_book(meant.settings(made=True), ask)
    if as_json:
        say_json(keys=found)
        return
    if not found:
        say(meant.hint("There are no keys; `nexus keys create NAME --scope chat` makes one."))
    for one in found:
        ends = f", until {date(one['expires_at'])}" if one["expires_at"] else ""
        used = f"used {date(one['last_at'])}" if one["last_at"] else "never used"
        who = safe(f"{one['name']:<20} {one['person']:<12}")
        say(f"{one['id']}  {who} {' '.join(one['scopes'])}; {used}{ends}")


@keys.command("revoke")
def revoke_key(
    key: Annotated[str, typer.Argument(metavar="ID", help="As `nexus keys list` shows it.")],
    as_json: AsJson = False,
    _root: Root = None,
) -> None:
    """End a key now, and what is under way with it."""
    from ops.users.programs import revoke

    with_book(meant.settings(made=True), lambda book: revoke(book, key))
    if as_json:
        say_json(id=key, revoked=True)
    else:
        say(f"{safe(key)} counts no longer.")
