"""`nexus history`, `nexus audit verify` and `nexus audit actions`."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from ops import meant
from ops.meant import AsJson, Root

# What a command needs is loaded when it runs: each word of `nexus` starts as fast as it can.

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from ops.journal.audit import Report
    from ops.journal.reader import Turn
    from ops.settings import Settings
    from streams.recall import Recalled

Found = TypeVar("Found")
KEYLESS = "The key of the chain is not there."
NO_JOURNAL = "There is no journal."
SHORT = 5
"""Lines of a text in a list of several; the only one is shown whole."""
UNTOLD = (KEYLESS, NO_JOURNAL)
"""What keeps the check from being made; nothing is wrong with the rows for that."""
AWAY = 3
"""The status of a command that needs a server which does not run."""

audit = typer.Typer(
    help="Show what was done, and check that what was written down is whole and unchanged.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def history(
    search: Annotated[
        str | None, typer.Option("--search", metavar="TEXT", help="With these words.")
    ] = None,
    session: Annotated[
        str | None, typer.Option("--session", metavar="S", help="Of this conversation.")
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, max=1000, help="How many.")
    ] = 20,
    full: Annotated[bool, typer.Option("--full", help="Long answers to their end.")] = False,
    as_json: AsJson = False,
    _root: Root = None,
) -> None:
    """Show what was asked and answered, the newest first, also long ago.

    \b
    Examples:
      nexus history --limit 5
      nexus history --search "disk backup" --json | jq -r '.turns[].answer'
    """
    from ops.journal.reader import History

    async def ask(engine: AsyncEngine) -> list[Turn]:
        if search is not None:
            return await History(engine).search(search, session, limit)
        return await History(engine).turns(session, limit)

    here = meant.settings()
    turns = _with_database(here, ask)
    if turns is None:
        _ran(here)
    turns = turns or []
    if as_json:
        _say(json.dumps({"turns": [asdict(turn) for turn in turns]}, ensure_ascii=False))
        return
    if not turns:
        _say("Nothing is found." if search or session else "Nothing is written down yet.")
    most = None if full or len(turns) == 1 else SHORT
    for turn in turns:
        _say(_told(turn, most))


@audit.command("verify")
def verify(as_json: AsJson = False, _root: Root = None) -> None:
    """Check every row of the journal, and its end against what Redis has sealed.

    While the server is stopped the rows are checked, and whether some are missing behind them
    cannot be.

    \b
    Examples:
      nexus audit verify --json

    Status: 0 it is whole, 1 it is not, 3 as far as it goes without the server it is.
    """
    report = _report(meant.settings())
    if as_json:
        _say(json.dumps({"green": report.green, **asdict(report)}))
    elif report.green:
        _say(f"The journal is whole: rows {report.first} to {report.last}, as they were written.")
    elif report.untold and not report.faults:
        if report.rows:
            _say(f"Rows {report.first} to {report.last} are as they were written.")
        _say(report.untold)
    else:
        told = all(fault in UNTOLD for fault in report.faults)
        _say(f"The journal {'could not be checked' if told else 'is NOT as it was written'}:")
        for fault in report.faults:
            _say(f"  {_printable(fault)}")
        if report.untold:
            _say(f"  {report.untold}")
    if not report.green:
        raise typer.Exit(1 if report.faults else AWAY)


@audit.command("actions")
def actions(
    person: Annotated[
        str | None, typer.Option("--person", metavar="ID", help="In this person's name.")
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, max=1000, help="How many.")
    ] = 20,
    as_json: AsJson = False,
    _root: Root = None,
) -> None:
    """Show what the agent did: who, what, how dangerous, with which arguments, what came of it.

    The arguments are shown as their SHA-256; `nexus history` and the turn show them in full.

    \b
    Examples:
      nexus audit actions --limit 5
      nexus audit actions --json | jq -r '.actions[] | select(.result == "blocked") | .tool'
    """
    from ops.journal import actions as done

    async def ask(engine: AsyncEngine) -> list[done.Action]:
        return await done.actions(engine, limit, person)

    here = meant.settings()
    found = _with_database(here, ask)
    if found is None:
        _ran(here)
    found = found or []
    if as_json:
        _say(json.dumps({"actions": [asdict(one) for one in found]}))
        return
    if not found:
        _say("Nothing was done yet.")
    for one in found:
        when = datetime.fromtimestamp(one.at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
        why = f" ({one.code})" if one.code else ""
        cells = (when, one.tier or "-", one.tool, one.person or "-", (one.digest or "-")[:12])
        _say(_printable(f"{'  '.join(cells)}  {one.result}{why}"))


async def recalled(settings: Settings, turn: str) -> Recalled | None:
    """Return a turn as the journal remembers it; None if it does not."""
    from ops.journal.reader import History

    async def ask(engine: AsyncEngine) -> Recalled | None:
        return await History(engine).recalled(turn)

    return await _asked(settings, ask)


def _report(settings: Settings) -> Report:
    from ops import secrets
    from ops.addresses import url
    from ops.journal.audit import Report, verify
    from streams import tail
    from streams.line import Away

    async def ask(engine: AsyncEngine) -> Report:
        # First the seal, then the rows: what is written in between is not missed.
        try:
            seal = await tail.head(url(settings, "durable", "desk"))
        except (Away, FileNotFoundError):
            report = await verify(engine, key, None)
            others = tuple(fault for fault in report.faults if "no seal" not in fault)
            away = meant.hint(
                "Whether any are missing behind them, only Redis knows, and it does not answer:"
                " start it with `nexus up`, then check again."
            )
            return replace(report, faults=others, untold=away)
        return await verify(engine, key, seal)

    try:
        key = secrets.read(secrets.audit_file(settings.root)).encode()
    except FileNotFoundError:
        _ran(settings)
        return Report(0, 1, 0, None, (KEYLESS,))
    return _with_database(settings, ask) or Report(0, 1, 0, None, (NO_JOURNAL,))


def _with_database(
    settings: Settings, ask: Callable[[AsyncEngine], Awaitable[Found]]
) -> Found | None:
    """Ask the database; None where there is none yet.

    Raises:
        Unmigrated: it cannot be read.
    """
    return asyncio.run(_asked(settings, ask))


def _ran(here: Settings) -> None:
    """Make sure that a server was here once, though it has written nothing down.

    Raises:
        Failed: there is none, so somebody means another folder.
    """
    from ops import secrets

    if here.redis_url is None and not secrets.redis_file(here.root, "journal").exists():
        raise meant.Failed(meant.nowhere(here.root))


async def _asked(
    settings: Settings, ask: Callable[[AsyncEngine], Awaitable[Found]]
) -> Found | None:
    from sqlalchemy.exc import SQLAlchemyError

    from ops.journal import database

    where = database.address(settings)
    if not database.exists(where):
        return None
    engine = database.connect(where)
    try:
        return await ask(engine) if await database.ready(engine) else None
    except (SQLAlchemyError, OSError) as error:
        raise database.Unmigrated(f"The journal cannot be read: {error}") from error
    finally:
        await engine.dispose()


def _told(turn: Turn, most: int | None) -> str:
    import time

    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(turn.at / 1000))
    lines = [f"{when}  {_printable(turn.person)} ({_printable(turn.channel)})  {turn.id}"]
    if turn.parent:
        lines.append(f"  a task of {_printable(turn.parent)}")
    lines += [f"  > {line}".rstrip() for line in _lines(turn.question, most)]
    lines += [f"    {line}".rstrip() for line in _lines(turn.answer or "(no answer)", most)]
    lines += [f"  its task {_printable(task)}" for task in turn.tasks]
    return "\n".join(lines)


def _lines(text: str, most: int | None) -> list[str]:
    """Return the lines of a text, or the first of them and how many more there are."""
    found = [_printable(line) for line in text.splitlines()] or [""]
    if most is None or len(found) <= most + 1:
        return found
    return [*found[:most], f"… {len(found) - most} more lines; --full shows them"]


def _printable(text: str) -> str:
    """Escape what could move a terminal's cursor."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
