"""`nexus dead`: the dead-letter desk, where nobody's message is forgotten."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops.cli.place import AsJson, Root
from ops.cli.screen import age, complain, is_terminal, one_line, safe, say, say_json
from ops.cli.screen import show as show_table
from ops.meant import hint

if TYPE_CHECKING:
    from ops.cli.desk import Filed

words = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Messages that nobody could handle."
)
WIDEST = 2_000
"""Characters of a row where nobody looks at it."""
UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
Id = Annotated[
    str, typer.Argument(metavar="ID", help="Of the letter or of its entry; its beginning will do.")
]


Like = Annotated[
    str | None,
    typer.Option("--like", metavar="ID", help="All of the same stage, code and error as this one."),
]
Name = Annotated[str | None, typer.Argument(metavar="[ID]", help="Of one letter.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@words.command("list")
def show_all(
    stage: Annotated[str | None, typer.Option(metavar="S", help="Of this stage.")] = None,
    code: Annotated[str | None, typer.Option(metavar="C", help="With this code.")] = None,
    session: Annotated[str | None, typer.Option(metavar="S", help="Of this conversation.")] = None,
    as_json: AsJson = False,
    _root: Root = None,
) -> None:
    """Show what lies at the desk, newest first.

    \b
    Examples:
      nexus dead list
      nexus dead list --stage think --code transient
    """
    import asyncio

    from ops.cli.desk import Wanted, everything

    found = asyncio.run(everything(Wanted(stage, code, session)))
    if as_json:
        say_json([_brief(one) for one in found])
        return
    if not found:
        filtered = stage or code or session
        say("No such letter lies at the desk." if filtered else "The desk is empty.")
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
    # Nothing is cut for a program.
    room = max(20, screen.width - 56) if is_terminal() else WIDEST
    for one in found:
        letter = one.letter
        table.add_row(
            letter.id,
            age(one.age),
            one_line(letter.stage, 30),
            str(len(letter.attempts) or 1),
            Text(one_line(said(letter.error, letter.text), room)),
        )
    show_table(screen, table)


@words.command()
def show(letter: Id, as_json: AsJson = False, _root: Root = None) -> None:
    """Show everything about one letter: the original, the tries, where it went wrong.

    \b
    Example:
      nexus dead show 01JD
    """
    import asyncio

    from ops.cli.correcting import decoded
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
        "error": said(f"{it.error} ({it.code})", it.text),
        "turn": it.turn or "–",
        "session": it.session or "–",
        "signed": it.signature.partition(":")[0] or "by nobody",
    }
    for name, value in rows.items():
        say(f"{name:<9}{one_line(value, 2_000)}")
    for number, attempt in enumerate(it.attempts, 1):
        say(f"try {number:<5}{one_line(said(attempt.error, attempt.text), 500)}")
    size = f"{it.size} bytes" if it.size == len(found.data) else f"the first of {it.size} bytes"
    say(f"\noriginal ({size})\n{_indented(found.original)}")
    for former in it.history:
        say(f"\nbefore it was corrected ({former.error}: {one_line(former.text, 500)})")
        say(_indented(decoded(former)) if former.original else f"  {former.size} bytes")
    if it.stack:
        say(f"\nstack\n{_indented(it.stack)}")


@words.command()
def edit(
    letter: Id,
    data: Annotated[
        str | None, typer.Option("--data", metavar="JSON", help="The message as it should be.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="A file with that message.")
    ] = None,
    _root: Root = None,
) -> None:
    """Correct a letter's message and send it, under its old ids; without options in $EDITOR.

    Should it come back, `nexus dead show` says what it was before.

    \b
    Examples:
      nexus dead edit 01JD
      nexus dead edit 01JD --file corrected.json
    """
    import asyncio

    from ops.cli import desk, place
    from ops.cli.correcting import corrected, edited, read
    from ops.keyring import keyring
    from processors.pipeline import ELSEWHERE, STAGES

    filed = asyncio.run(desk.one(letter))
    text = data if data is not None else read(file) if file is not None else edited(filed)
    new = corrected(filed, text, (*STAGES, *ELSEWHERE), keyring(place.settings()))
    asyncio.run(desk.correct(filed, new.data, new.signature, new.history))
    say(f"Sent {filed.letter.id} to {one_line(filed.letter.source)}, corrected.")


@words.command()
def redrive(
    letter: Name = None,
    like: Like = None,
    step: Annotated[
        bool, typer.Option("--step", help="With all letters of the same step of its turn.")
    ] = False,
    yes: Yes = False,
    _root: Root = None,
) -> None:
    """Send a letter again, from where it fell out. Effects that happened do not happen again.

    \b
    Examples:
      nexus dead redrive 01JD
      nexus dead redrive 01JD --step
      nexus dead redrive --like 01JD --yes
    """
    import asyncio

    from ops.cli import desk

    found = _meant(letter, like, yes, "Send", "again")
    if step and len(found) == 1:
        found = asyncio.run(desk.of_step(found[0]))
    sent, left = asyncio.run(desk.redrive(found))
    for why in left:
        complain(hint(why))
    if sent:
        what = found[0].letter.id if len(found) == 1 else f"{sent} letters"
        say(f"Sent {what} to {one_line(found[0].letter.source)} again.")
    if left:
        raise typer.Exit(1)


@words.command()
def drop(letter: Name = None, like: Like = None, yes: Yes = False, _root: Root = None) -> None:
    """Remove a letter for good; `nexus dead export` keeps a copy.

    \b
    Examples:
      nexus dead drop 01JD
      nexus dead drop --like 01JD --yes
    """
    import asyncio

    from ops.cli import desk

    found = _meant(letter, like, yes, "Drop", "for good")
    asyncio.run(desk.drop(found))
    say(f"Dropped {found[0].letter.id if len(found) == 1 else f'{len(found)} letters'}.")


@words.command()
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file.")],
    older_than: Annotated[
        str | None, typer.Option(metavar="AGE", help="Only those older than 30d, 12h, 90m.")
    ] = None,
    _root: Root = None,
) -> None:
    """Write the letters to a file, one JSON object a line; they stay at the desk.

    \b
    Example:
      nexus dead export letters.jsonl --older-than 30d
    """
    import asyncio

    from ops.cli import desk

    least = _seconds(older_than) if older_than else 0.0
    found = asyncio.run(desk.everything(lambda filed: filed.age >= least))
    desk.export(found[::-1], file)
    say(f"Wrote {len(found)} letter{'' if len(found) == 1 else 's'} to {one_line(str(file), 500)}.")


def _meant(letter: str | None, like: str | None, yes: bool, do: str, how: str) -> list[Filed]:
    """Return the letters that a command line means; of several, ask first.

    Raises:
        Misused: none is named, or two ways at once, or nobody can be asked.
    """
    import asyncio

    from ops.cli import desk
    from ops.cli.place import Misused

    if (letter is None) == (like is None):
        raise Misused("Name one letter, or all like one with --like ID.")
    if letter is not None:
        return [asyncio.run(desk.one(letter))]
    assert like is not None
    found = asyncio.run(desk.like(like))
    stage, code, error = found[0].kind
    many = f"{len(found)} letter{'' if len(found) == 1 else 's'}"
    what = f"{many} of {one_line(stage, 40)} ({one_line(code, 40)}, {one_line(error, 40)})"
    if not yes:
        if not is_terminal(sys.stdin):
            raise Misused(f"This means {what}; say --yes if it should.")
        typer.confirm(f"{do} {what} {how}?", abort=True)
    return found


def _seconds(age: str) -> float:
    from ops.cli.place import Misused

    number, unit = age[:-1], age[-1:]
    if unit not in UNITS or not number.isdecimal():
        raise Misused(f"{age} is no age; say 30d, 12h, 90m or 45s.")
    return float(number) * UNITS[unit]


def said(error: str, text: str) -> str:
    """Return an error's name and its sentence; what the sentence begins with is not said twice."""
    again = text.casefold().startswith(f"{error.casefold()} ") and ":" in text[: len(error) + 20]
    return text if again else f"{error}: {text}"


def _brief(filed: Filed) -> dict[str, Any]:
    it = filed.letter
    found = it.model_dump(include={"id", "at", "stage", "source", "entry", "code", "error", "text"})
    return {
        **found,
        "desk": filed.entry,
        "attempts": len(it.attempts),
        "corrected": len(it.history),
        "turn": it.turn,
        "session": it.session,
    }


def _indented(text: str) -> str:
    return "\n".join(f"  {row}" for row in safe(text).rstrip().splitlines())
