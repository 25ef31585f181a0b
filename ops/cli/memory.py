"""`nexus memory`: what is remembered of you."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops.cli.place import AsJson, Root, hint
from ops.cli.screen import age, one_line, say, say_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from processors.memory.memories import Memories
    from schemas.memory import Fact

words = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="What is remembered of you.")

Person = Annotated[
    str, typer.Option("--person", help="Of whom; of the owner unless another is named.")
]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=1_000, help="How many.")]
OWNER = "owner"


@words.command("list")
def show_all(
    limit: Limit = 20, person: Person = OWNER, as_json: AsJson = False, _root: Root = None
) -> None:
    """List what is remembered, the newest first."""

    async def ask(memories: Memories) -> list[Fact]:
        found, _ = await memories.page(person, limit)
        return found

    _show(_asked(ask), as_json=as_json)


@words.command()
def search(
    text: Annotated[str, typer.Argument(metavar="WORDS", help="What it is about.")],
    limit: Limit = 20,
    person: Person = OWNER,
    as_json: AsJson = False,
    _root: Root = None,
) -> None:
    """Find what is remembered about something, the best first."""
    _show(_asked(lambda memories: memories.search(person, text, limit)), as_json=as_json)


@words.command()
def add(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="One fact, whole.")],
    kind: Annotated[str, typer.Option("--kind", help="fact, preference, person or plan.")] = "fact",
    keep: Annotated[
        str,
        typer.Option("--keep", help="permanent, long (180 days), short (14) or working (1)."),
    ] = "permanent",
    person: Person = OWNER,
    as_json: AsJson = False,
    _root: Root = None,
) -> None:
    """Have something remembered.

    \b
    Examples:
      nexus memory add "The router stands in the cellar."
      nexus memory add "Anna visits on Friday." --kind plan --keep short
    """
    from pydantic import ValidationError

    from schemas.errors import Invalid
    from schemas.faults import plain
    from schemas.memory import FactForm

    try:
        form = FactForm.model_validate({"text": text, "kind": kind, "keep": keep})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Invalid(f"{'.'.join(map(str, first['loc']))}: {plain(first)}.") from None
    found = _asked(lambda memories: memories.remember(person, form))
    if as_json:
        say_json(found.model_dump(mode="json"))
    else:
        say(f"Remembered as {found.id}.")


@words.command()
def forget(
    name: Annotated[
        str, typer.Argument(metavar="ID", help="As `nexus memory list` shows it.")
    ] = "",
    every: Annotated[bool, typer.Option("--all", help="All that is remembered.")] = False,
    person: Person = OWNER,
    as_json: AsJson = False,
    _root: Root = None,
) -> None:
    """Forget something, or all of it, at once and for good."""
    from processors.tools.wording import counted
    from schemas.errors import Invalid

    if bool(name) == every:
        raise Invalid("Name one memory by its id, or say --all.")
    if every:
        many = _asked(lambda memories: memories.forget_all(person))
        if as_json:
            say_json({"forgotten": many})
        else:
            say(f"Forgotten: {counted(many, 'memory', 'memories')}.")
        return
    found = _asked(lambda memories: memories.forget(person, name))
    if as_json:
        say_json({"forgotten": found.id})
    else:
        say(f"Forgotten: {one_line(found.text, 200)}")


@words.command()
def export(person: Person = OWNER, _root: Root = None) -> None:
    """Print all that is remembered, as JSON."""

    async def ask(memories: Memories) -> list[Any]:
        return [one.model_dump(mode="json") async for one in memories.every(person)]

    say_json({"person": person, "facts": _asked(ask)})


def _show(found: list[Fact], *, as_json: bool) -> None:
    from schemas.base import now_ms

    if as_json:
        say_json([one.model_dump(mode="json") for one in found])
        return
    if not found:
        say(hint("Nothing is remembered about that."))
    for one in found:
        where = f", from {', '.join(one.tainted)}" if one.tainted else ""
        say(f"{one.id}  {one_line(one.text, 200)}")
        old = age(max(0, now_ms() - one.at) / 1_000)
        say(f"{'':<16}  {one.kind}, {one.keep}, {old} ago{where}")


def _asked(ask: Callable[[Memories], Awaitable[Any]]) -> Any:
    """Ask something of the memory of the server that runs here."""
    import asyncio

    from ops.cli import place
    from ops.remembered import facts
    from processors.memory.memories import Memories

    here = place.settings()
    place.reachable(here)

    async def asking() -> Any:
        memories = Memories(facts(here))
        try:
            return await ask(memories)
        finally:
            await memories.close()

    return asyncio.run(asking())
