"""`nexus mcp add|list|tools|classify|remove`: foreign servers, and how far each may go."""

from __future__ import annotations

import json
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops.meant import AsJson, Root, hint, settings

if TYPE_CHECKING:
    from ops.foreign_servers import Book
    from ops.settings import Settings
    from schemas.foreign import Met, Reached

Server = Annotated[str, typer.Argument(metavar="SERVER", help="What you call the server.")]
Folders = list[Path] | None
MEETING_SECONDS = 15.0
"""How long a server that was added is waited for, to say how it is."""

words = typer.Typer(
    help="The Model Context Protocol: lend tools to other agents, and use those of other servers.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@words.command("add")
def add(
    server: Server,
    command: Annotated[
        list[str] | None,
        typer.Argument(metavar="[-- COMMAND…]", help="What starts it; its options behind --."),
    ] = None,
    url: Annotated[str, typer.Option("--url", help="Its address, where nothing is started.")] = "",
    secret: Annotated[
        str, typer.Option("--secret", help="The stored secret that is shown at the address.")
    ] = "",
    read: Annotated[Folders, typer.Option("--read", help="A folder it may read.")] = None,
    write: Annotated[Folders, typer.Option("--write", help="A folder it may write to.")] = None,
    network: Annotated[bool, typer.Option("--network", help="It may use the network.")] = False,
    outside: Annotated[
        bool, typer.Option("--outside", help="No sandbox: it has all your rights.")
    ] = False,
    as_json: AsJson = False,
    _root: Root = None,
) -> None:
    """Add a server. Its tools are BLACK until you classify each.

    A command runs in the sandbox: without a network, and without any file of yours but the folders
    that you name. What it is started with is shown before anything runs.

    \b
    Examples:
      nexus mcp add files --write /srv/notes -- mcp-server-filesystem /srv/notes
      nexus mcp add wiki --url https://wiki.example/mcp --secret WIKI_TOKEN
    """
    from pydantic import ValidationError

    from schemas.errors import Invalid
    from schemas.faults import plain
    from schemas.foreign import Reached

    here, book = _open(made=True)
    try:
        reached = Reached(
            command=tuple(command or ()),
            read=tuple(str(one.absolute()) for one in read or ()),
            write=tuple(str(one.absolute()) for one in write or ()),
            network=network, outside=outside, url=url, secret=secret,
        )  # fmt: skip
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = f"--{fault['loc'][0]}: " if fault["loc"] and fault["loc"][0] != "command" else ""
        raise Invalid(f"{server} cannot be added; {where}{plain(fault)}.") from None
    book.add(server, reached)
    if not as_json:
        _say(f"{server}: {shlex.join(reached.command) or reached.url}")
        _say(f"  {_room(reached)}")
    _tell(here, "start")
    met = _met(here, book, server)
    if as_json:
        about = {"state": met.state, "why": met.why, **reached.model_dump(mode="json")}
        _say(json.dumps({"server": server, **about}))
        return
    _say(hint(f"Its tools are BLACK; `nexus mcp tools {server}` shows them."))
    _complain(server, reached, met)


@words.command("list")
def show(as_json: AsJson = False, _root: Root = None) -> None:
    """Show the servers, and how each is.

    \b
    Examples:
      nexus mcp list
    """
    here, book = _open()
    rows = list[dict[str, Any]]()
    for name, one in book.owner().servers.items():
        met = _now(here, book, name)
        about = {"server": name, "state": met.state, "why": met.why, "tools": len(met.tools)}
        rows.append({**about, "reached": one.reached.model_dump(mode="json")})
    if as_json:
        _say(json.dumps({"servers": rows}))
        return
    if not rows:
        _say(hint("There is no server; `nexus mcp add` adds one."))
    for row in rows:
        tools = f"{row['tools']} tool{'' if row['tools'] == 1 else 's'}"
        _say(f"{row['server']:16}{row['state']:10}{tools}")
        if row["why"]:
            _say(f"{'':16}{row['why']}")


@words.command("tools")
def tools(server: Server, as_json: AsJson = False, _root: Root = None) -> None:
    """Show what a server offers, in its own words, and how dangerous each tool is.

    Of one that is away it shows what it offered last, and says why it is away.

    \b
    Examples:
      nexus mcp tools files

    Status: 0 it is there, 1 it is not.
    """
    from processors.tools.output import legible
    from schemas.errors import NotFound

    here, book = _open()
    known = book.owner().servers.get(server)
    if known is None:
        raise NotFound(f"There is no server {server}; `nexus mcp list` shows those there are.")
    met, rows = _now(here, book, server), []
    for one in met.tools:
        tier, why = book.tier(server, one.name)
        about = {"name": f"mcp:{server}:{one.name}", "tier": str(tier), "why": why}
        rows.append({**about, "description": one.description, "parameters": one.parameters})
    if as_json:
        _say(json.dumps({"state": met.state, "why": met.why, "tools": rows}))
    for row in () if as_json else rows:
        first = legible(str(row["description"]).partition("\n")[0])[:200]
        _say(f"{row['tier']:8}{row['name']}  {first}")
        if row["tier"] == "BLACK":
            _say(f"        {row['why']}")
    if met.state != "up":
        if not as_json:
            _complain(server, known.reached, met)
        raise typer.Exit(1)
    if not rows and not as_json:
        _say(f"{server} offers no tools.")


@words.command("classify")
def classify(
    server: Server,
    tool: Annotated[str, typer.Argument(metavar="TOOL", help="As the server calls it.")],
    tier: Annotated[str, typer.Argument(metavar="TIER", help="YELLOW, ORANGE, RED or BLACK.")],
    as_json: AsJson = False,
    _root: Root = None,
) -> None:
    """Say how dangerous a tool is, as it describes itself now; when it says otherwise it is BLACK.

    \b
    Examples:
      nexus mcp classify files read_text_file YELLOW
    """
    from schemas.errors import Invalid
    from schemas.tools import Tier

    _, book = _open(made=True)
    chosen = Tier.__members__.get(tier.upper())
    if chosen is None:
        raise Invalid("A tier is YELLOW, ORANGE, RED or BLACK.")
    found = book.classify(server, tool, chosen)
    if as_json:
        _say(json.dumps({"name": f"mcp:{server}:{tool}", "tier": str(chosen), "pin": found.pin}))
        return
    _say(f"mcp:{server}:{tool} is {chosen}, as long as it describes itself as it does now.")


@words.command("remove")
def remove(server: Server, as_json: AsJson = False, _root: Root = None) -> None:
    """Forget a server, and what you made of its tools.

    \b
    Examples:
      nexus mcp remove files
    """
    here, book = _open(made=True)
    book.remove(server)
    if not book.owner().servers:
        _tell(here, "stop")
    _say(json.dumps({"removed": server}) if as_json else f"{server} is gone.")


def _open(*, made: bool = False) -> tuple[Settings, Book]:
    from ops.foreign_servers import Book

    here = settings(made=made)
    return here, Book(here.root)


def _now(here: Settings, book: Book, server: str) -> Met:
    """Return how a server is at this moment, and what it offered last."""
    from ops import runstate
    from schemas.foreign import Met

    met = book.met().servers.get(server) or Met(state="starting")
    if runstate.running(here.root) is None:
        return met.model_copy(update={"state": "away", "why": _off()})
    return met


def _off() -> str:
    return hint("LivOS is not running; `nexus up` starts it.")


def _met(here: Settings, book: Book, server: str) -> Met:
    """Return how a server is that was just added, as soon as that is known, or after a while."""
    end = time.monotonic() + MEETING_SECONDS
    while (met := _now(here, book, server)).state == "starting" and time.monotonic() < end:
        time.sleep(0.1)
    return met


def _tell(here: Settings, what: str) -> None:
    """Have the process that speaks with them started or stopped, if a server runs."""
    import asyncio
    from contextlib import suppress

    from ops.control import tell
    from schemas.errors import Expected
    from streams.embedded import socket_folder

    sockets = here.streams.sockets or socket_folder(here.root)
    with suppress(OSError, Expected, ValueError):
        asyncio.run(tell(sockets, what, "mcp"))


def _room(reached: Reached) -> str:
    if reached.url:
        return "It is elsewhere; what it is sent leaves this machine."
    if reached.outside:
        return "It runs OUTSIDE of the sandbox, with all the rights of the server's user."
    folders = ", ".join((*(f"{one} (read)" for one in reached.read), *reached.write)) or "none"
    return f"In the sandbox; folders: {folders}; network: {'yes' if reached.network else 'no'}."


def _complain(server: str, reached: Reached, met: Met) -> None:
    """Say on standard error what is wrong with a server, and what gives it more; else nothing."""
    if met.state == "up":
        return
    sys.stdout.flush()
    away = f"{server} is away: {met.why}"
    told = away if met.state == "away" else f"{server} is still starting; look again in a moment."
    sys.stderr.write(f"{told}\n")
    if met.state == "away" and met.why != _off() and reached.command and not reached.outside:
        sys.stderr.write(f"  {_room(reached)}\n")
        remove = hint(f"`nexus mcp remove {server}`")
        more = f"  What it lacks there: {remove}, then add it with --network, --read DIR or"
        sys.stderr.write(f"{more} --write DIR.\n")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
