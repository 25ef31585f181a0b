"""`nexus dead`: the dead-letter desk, where nobody's message is forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops.cli.place import AsJson, Root
from ops.cli.screen import age, one_line, safe, say, say_json

if TYPE_CHECKING:
    from ops.cli.desk import Filed

words = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Messages that nobody could handle."
)
Id = Annotated[
    str, typer.Argument(metavar="ID", help="Of the letter or of its entry; its beginning will do.")
]


@words.command("list")
def show_all(as_json: AsJson = False, _root: Root = None) -> None:
    """Show what lies at the desk, oldest first.

    \b
    Example:
      nexus dead list
    """
    import asyncio

    from ops.cli.desk import everything

    found = asyncio.run(everything())
    if as_json:
        say_json([_brief(one) for one in found])
        return
    if not found:
        say("The desk is empty.")
        return
    from rich.table import Table
    from rich.text import Text

    from ops.cli.screen import console

    table = Table("id", "age", "stage", "tries", "what", box=None, pad_edge=False)
    table.header_style = "dim"
    table.columns[1].justify = table.columns[3].justify = "right"
    for column in table.columns[:4]:
        column.no_wrap = True
    screen = console()
    room = max(20, screen.width - 56)
    for one in found:
        letter = one.letter
        table.add_row(
            letter.id,
            age(one.age),
            one_line(letter.stage, 30),
            str(len(letter.attempts) or 1),
            Text(one_line(f"{letter.error}: {letter.text}", room)),
        )
    screen.print(table)


@words.command()
def show(letter: Id, as_json: AsJson = False, _root: Root = None) -> None:
    """Show everything about one letter: the original, the tries, where it went wrong.

    \b
    Example:
      nexus dead show 01JD
    """
    import asyncio

    from ops.cli.desk import one

    found = asyncio.run(one(letter))
    if as_json:
        say_json(found.letter.model_dump() | {"desk": found.entry, "decoded": found.original})
        return
    it = found.letter
    rows = {
        "id": f"{it.id}  (entry {found.entry})",
        "age": age(found.age),
        "stage": f"{it.stage}, reading {it.source} {it.entry}",
        "error": f"{it.error} ({it.code}): {it.text}",
        "turn": it.turn or "–",
        "session": it.session or "–",
        "signed": it.signature.partition(":")[0] or "by nobody",
    }
    for name, value in rows.items():
        say(f"{name:<9}{one_line(value, 2_000)}")
    for number, attempt in enumerate(it.attempts, 1):
        say(f"try {number:<5}{one_line(f'{attempt.error}: {attempt.text}', 500)}")
    size = f"{it.size} bytes" if it.size == len(found.data) else f"the first of {it.size} bytes"
    say(f"\noriginal ({size})\n{_indented(found.original)}")
    if it.stack:
        say(f"\nstack\n{_indented(it.stack)}")


@words.command()
def redrive(letter: Id, _root: Root = None) -> None:
    """Send a letter again, from where it fell out. Effects that happened do not happen again.

    \b
    Example:
      nexus dead redrive 01JD
    """
    import asyncio

    from ops.cli import desk

    found = asyncio.run(desk.redrive(letter))
    say(f"Sent {found.letter.id} to {one_line(found.letter.source)} again.")


@words.command()
def drop(letter: Id, _root: Root = None) -> None:
    """Remove a letter for good.

    \b
    Example:
      nexus dead drop 01JD
    """
    import asyncio

    from ops.cli import desk

    found = asyncio.run(desk.drop(letter))
    say(f"Dropped {found.letter.id}.")


def _brief(filed: Filed) -> dict[str, Any]:
    it = filed.letter
    found = it.model_dump(include={"id", "at", "stage", "source", "entry", "code", "error", "text"})
    return {
        **found,
        "desk": filed.entry,
        "attempts": len(it.attempts),
        "turn": it.turn,
        "session": it.session,
    }


def _indented(text: str) -> str:
    return "\n".join(f"  {row}" for row in safe(text).rstrip().splitlines())
