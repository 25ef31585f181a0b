"""`nexus events`: how programs in any language take part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from ops.cli.place import AsJson, Root
from ops.cli.screen import say, say_json

if TYPE_CHECKING:
    from ops.settings import Settings

words = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Let programs of any language take part."
)
EXAMPLE = '{"text": "how much disk space is free?"}'


@words.callback()
def group() -> None:
    """Keep `env` a word of its own."""


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
