"""`nexus mcp add|list|tools|classify|remove`: foreign servers, and how far each may go."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ops.foreign_servers import Book
    from ops.settings import Settings

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
Server = Annotated[str, typer.Argument(metavar="SERVER", help="What you call the server.")]
Folders = list[Path] | None

words = typer.Typer(
    help="The Model Context Protocol: lend tools to other agents, and use those of other servers.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@words.command("add")
def add(
    context: typer.Context,
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
    root: Root = None,
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
    from schemas.foreign import Reached

    here, book = _open(context, root)
    try:
        reached = Reached(
            command=tuple(command or ()),
            read=tuple(str(one.absolute()) for one in read or ()),
            write=tuple(str(one.absolute()) for one in write or ()),
            network=network, outside=outside, url=url, secret=secret,
        )  # fmt: skip
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise Invalid(str(fault["msg"]).removeprefix("Value error, ")) from None
    book.add(server, reached)
    _tell(here, "start")
    if as_json:
        _say(json.dumps({"server": server, **reached.model_dump(mode="json")}))
        return
    _say(f"{server}: {' '.join(reached.command) or reached.url}")
    _say(f"  {_room(reached)}")
    _say(f"Its tools are BLACK; `nexus mcp tools {server}` shows them.")


@words.command("list")
def show(context: typer.Context, as_json: AsJson = False, root: Root = None) -> None:
    """Show the servers, and how each is.

    \b
    Examples:
      nexus mcp list
    """
    _, book = _open(context, root)
    met, rows = book.met().servers, list[dict[str, Any]]()
    for name, one in book.owner().servers.items():
        now = met.get(name)
        rows.append(
            {
                "server": name,
                "state": now.state if now else "starting",
                "why": now.why if now else "",
                "tools": len(now.tools) if now else 0,
                "reached": one.reached.model_dump(mode="json"),
            }
        )
    if as_json:
        _say(json.dumps({"servers": rows}))
        return
    if not rows:
        _say("There is no server; `nexus mcp add` adds one.")
    for row in rows:
        why = f" ({row['why']})" if row["why"] else ""
        _say(f"{row['server']:16}{row['state']:10}{row['tools']} tools{why}")


@words.command("tools")
def tools(
    context: typer.Context, server: Server, as_json: AsJson = False, root: Root = None
) -> None:
    """Show what a server offers, in its own words, and how dangerous each tool is.

    \b
    Examples:
      nexus mcp tools files
    """
    from processors.tools.output import legible
    from schemas.errors import NotFound

    _, book = _open(context, root)
    if server not in book.owner().servers:
        raise NotFound(f"There is no server {server}.")
    met = book.met().servers.get(server)
    rows = []
    for one in met.tools if met else ():
        tier, why = book.tier(server, one.name)
        about = {"name": f"mcp:{server}:{one.name}", "tier": str(tier), "why": why}
        rows.append({**about, "description": one.description, "parameters": one.parameters})
    if as_json:
        _say(json.dumps({"tools": rows}))
        return
    for row in rows:
        first = legible(str(row["description"]).partition("\n")[0])[:200]
        _say(f"{row['tier']:8}{row['name']}  {first}")
        if row["tier"] == "BLACK":
            _say(f"        {row['why']}")


@words.command("classify")
def classify(
    context: typer.Context,
    server: Server,
    tool: Annotated[str, typer.Argument(metavar="TOOL", help="As the server calls it.")],
    tier: Annotated[str, typer.Argument(metavar="TIER", help="YELLOW, ORANGE, RED or BLACK.")],
    as_json: AsJson = False,
    root: Root = None,
) -> None:
    """Say how dangerous a tool is, as it describes itself now; when it says otherwise it is BLACK.

    \b
    Examples:
      nexus mcp classify files read_text_file YELLOW
    """
    from schemas.errors import Invalid
    from schemas.tools import Tier

    _, book = _open(context, root)
    chosen = Tier.__members__.get(tier.upper())
    if chosen is None:
        raise Invalid("A tier is YELLOW, ORANGE, RED or BLACK.")
    found = book.classify(server, tool, chosen)
    if as_json:
        _say(json.dumps({"name": f"mcp:{server}:{tool}", "tier": str(chosen), "pin": found.pin}))
        return
    _say(f"mcp:{server}:{tool} is {chosen}, as long as it describes itself as it does now.")


@words.command("remove")
def remove(
    context: typer.Context, server: Server, as_json: AsJson = False, root: Root = None
) -> None:
    """Forget a server, and what you made of its tools.

    \b
    Examples:
      nexus mcp remove files
    """
    here, book = _open(context, root)
    book.remove(server)
    if not book.owner().servers:
        _tell(here, "stop")
    _say(json.dumps({"removed": server}) if as_json else f"{server} is gone.")


def _open(context: typer.Context, root: Path | None) -> tuple[Settings, Book]:
    from ops import config
    from ops.foreign_servers import Book
    from ops.settings import root_of

    above = context.find_root().params.get("_root")
    here = config.load(root_of(given=root or above))
    return here, Book(here.root)


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


def _room(reached: Any) -> str:
    if reached.url:
        return "It is elsewhere; what it is sent leaves this machine."
    if reached.outside:
        return "It runs OUTSIDE of the sandbox, with all the rights of the server's user."
    folders = ", ".join((*(f"{one} (read)" for one in reached.read), *reached.write)) or "none"
    return f"In the sandbox; folders: {folders}; network: {'yes' if reached.network else 'no'}."


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
