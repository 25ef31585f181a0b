"""`nexus events`: how programs in any language take part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops.cli import event_rules, event_sources, event_types
from ops.cli.place import AsJson, Root
from ops.cli.screen import one_line, say, say_json

if TYPE_CHECKING:
    from ops.settings import Settings
    from streams.receipt import Accepted
    from streams.sign import Keyring

words = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Let programs of any language take part."
)
EXAMPLE = '{"text": "how much disk space is free?"}'


words.add_typer(event_types.words, name="types")
words.add_typer(event_rules.words, name="rules")
words.add_typer(event_sources.words, name="sources")


@words.command()
def publish(
    kind: Annotated[str, typer.Argument(metavar="TYPE", help="Such as disk.full.")],
    data: Annotated[str, typer.Argument(metavar="JSON", help="What happened, an object.")] = "{}",
    key: Annotated[
        str, typer.Option("--key", help="A name for it: a repeat within 7 days is the same event.")
    ] = "",
    as_json: AsJson = False,
    _root: Root = None,
) -> None:
    """Tell that something happened; it is durable when this returns.

    \b
    Examples:
      nexus events publish disk.full '{"path": "/", "free": 0}'
    """
    import asyncio
    import json

    from ops.cli import place
    from schemas.errors import Invalid

    try:
        told = json.loads(data)
    except ValueError:
        raise Invalid('What happened is not JSON; write it as \'{"path": "/"}\'.') from None
    if not isinstance(told, dict):
        raise Invalid("What happened is a JSON object.")
    here = place.settings()
    place.reachable(here)
    taken = asyncio.run(_publish(here, kind, told, key))
    if as_json:
        say_json({"id": taken.id, "fresh": taken.fresh})
    else:
        say(f"Told, as event {taken.id}." if taken.fresh else f"Known already, as {taken.id}.")


@words.command()
def tail(
    count: Annotated[
        int, typer.Option("--count", "-n", min=0, max=1_000, help="How many past ones first.")
    ] = 10,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="And go on, until Ctrl-C.")
    ] = False,
    as_json: AsJson = False,
    _root: Root = None,
) -> None:
    """Show what happened last, the newest at the end."""
    import asyncio

    from ops.cli import place

    here = place.settings()
    place.reachable(here)
    asyncio.run(_tail(here, count, follow=follow, as_json=as_json))


@words.command("env")
def env(as_json: AsJson = False, _root: Root = None) -> None:
    """Print the line that sends a message with redis-cli, ready to be pasted into a shell.

    It acts as the Redis user `producer`, who may add messages and nothing else. Whatever else a
    message claims, who sent it for one, is overwritten.

    \b
    Example:
      eval "$(nexus events env)"
    """
    import shlex

    from ops.cli import place

    here = place.settings()
    place.one_redis(here)
    cli, where, user, password = _door(here)
    command = ["XADD", "nexus:inbox", "*", "data", EXAMPLE]
    if as_json:
        say_json(
            {"redis_cli": cli, "where": where, "user": user, "password": password, "send": command}
        )
        return
    # In the environment, because a process list shows every argument to everybody.
    login = f"REDISCLI_AUTH={shlex.quote(password)} " if password else ""
    words = [cli, *where, *(["--user", user] if user else []), *command]
    say(login + shlex.join(words))


def _door(here: Settings) -> tuple[str, list[str], str, str]:
    """Return redis-cli, where it goes, as whom, with which password."""
    import shutil
    from urllib.parse import parse_qs, unquote, urlsplit

    from ops.addresses import url
    from ops.cli.place import NotRunning
    from streams.embedded import find_engine

    try:
        at = urlsplit(url(here, "durable", "producer"))
    except FileNotFoundError:
        raise NotRunning(f"{here.root} has no password yet; run `nexus up` once.") from None
    asked = parse_qs(at.query)
    user = unquote(at.username or "")
    password = unquote(at.password or "") or asked.get("password", [""])[0]
    if at.scheme == "unix":
        where, database = ["-s", at.path], asked.get("db", [""])[0]
    else:
        where, database = ["-h", at.hostname or "localhost", "-p", str(at.port or 6379)], at.path
        where += ["--tls"] if at.scheme == "rediss" else []
    number = database.strip("/")
    where += ["-n", number] if number not in {"", "0"} else []
    cli = shutil.which("redis-cli") or "redis-cli"
    if here.redis_url is None:
        beside = find_engine(binary=here.streams.redis_server).binary.with_name("redis-cli")
        cli = str(beside) if beside.exists() else cli
    return cli, where, user, password


async def _publish(here: Settings, kind: str, data: dict[str, Any], key: str) -> Accepted:
    from ops.cli import place
    from ops.event_files import KeptTypes
    from ops.keyring import gateway
    from processors.agent.people import OWNER
    from schemas.base import new_id
    from schemas.desk import Happened
    from schemas.errors import Forbidden
    from schemas.events import RESERVED
    from streams.terminal import Terminal

    if kind in RESERVED:
        raise Forbidden(f"Only this server itself tells of {kind}; choose another type.")
    of = KeptTypes(here.root, strict=here.events.unknown == "refuse").check(kind, data)
    name = new_id()
    message = Happened(
        id=name,
        trace=name,
        session="events-terminal",
        person=OWNER,
        channel="terminal",
        type=kind,
        data=data,
        of=of,
    )
    lines = [place.line(here, server, "terminal") for server in ("durable", "live")]
    terminal = Terminal(lines[0], lines[1], gateway(here, "terminal"), here.streams)
    try:
        return await terminal.accept(message, key)
    finally:
        await terminal.close()


async def _tail(here: Settings, count: int, *, follow: bool, as_json: bool) -> None:
    from ops.cli import place
    from ops.keyring import keyring
    from streams import keys

    desk, ring = place.line(here, "durable", "desk"), keyring(here)
    stream = keys.topic("events")
    try:
        rows = await desk.say("XREVRANGE", stream, "+", "-", "COUNT", max(count, 1))
        last = rows[0][0] if rows else "0-0"
        for entry, fields in reversed(rows[:count]):
            _show(entry, fields, ring, as_json=as_json)
        if not rows and not as_json:
            waits = " It waits for what comes; Ctrl-C ends it." if follow else ""
            say(f"Nothing is kept of what happened.{waits}")
        while follow:
            found = await desk.say("XREAD", "COUNT", 100, "BLOCK", 4_000, "STREAMS", stream, last)
            for _, entries in found or []:
                for entry, fields in entries:
                    last = entry
                    _show(entry, fields, ring, as_json=as_json)
    finally:
        await desk.close()


def _show(entry: str, fields: list[str], keyring: Keyring, *, as_json: bool) -> None:
    import json
    import time

    from streams.voice import provenance

    raw = {one.encode(): two.encode() for one, two in zip(fields[::2], fields[1::2], strict=True)}
    _, forged = provenance(keyring, raw)
    told = raw.get(b"data", b"").decode()
    try:
        found = json.loads(told)
        kind, who = str(found["type"]), str(found.get("person", "producer"))
    except (ValueError, KeyError, TypeError):
        found, kind, who = {"data": told}, "?", "?"
    if as_json:
        say_json({"entry": entry, **found, **({"forged": True} if forged else {})})
        return
    at = time.strftime("%H:%M:%S", time.localtime(int(entry.partition("-")[0]) / 1000))
    kind = f"FORGED {kind}" if forged else kind
    said = json.dumps(found.get("data", {}), ensure_ascii=False)
    say(f"{at}  {one_line(kind, 40):<24}  {one_line(who, 24):<16}  {one_line(said, 120)}")
