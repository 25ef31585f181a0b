"""`nexus events sources`: who tells of events with a secret of their own."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ops.cli.place import AsJson, Root
from ops.cli.screen import say, say_json

words = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Who has a secret of their own."
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Such as my-grafana.")]


@words.command("list")
def show_all(as_json: AsJson = False, _root: Root = None) -> None:
    """List the sources; their secrets are not shown again."""
    from ops.cli import place
    from ops.event_sources import Sources
    from ops.vault import Vault

    found = Sources(Vault(place.root())).listed()
    if as_json:
        say_json([{"name": one.name, "kind": one.hook.kind} for one in found])
        return
    for one in found:
        say(f"{one.name:<32}  {one.hook.kind}")


@words.command()
def add(
    name: Name,
    kind: Annotated[
        str, typer.Argument(metavar="KIND", help="github, alertmanager, …; generic unless given.")
    ] = "generic",
    read_secret: Annotated[
        bool, typer.Option("--secret", help="Read the secret from standard input.")
    ] = False,
    as_json: AsJson = False,
    _root: Root = None,
) -> None:
    """Let a source in: make its secret, and show it this one time.

    \b
    Examples:
      nexus events sources add my-repo github
      nexus events sources add doorbell --json | jq -r .secret
    """
    from ops import ownership
    from ops.cli import place
    from ops.event_sources import Sources
    from ops.vault import Vault

    here = place.settings(made=True)
    given = sys.stdin.readline().strip() if read_secret else ""
    made = Sources(Vault(here.root)).add(name, kind, given)
    address = f"{ownership.address(here)}/api/hooks/{name}"
    secret = made.secret.decode()
    if as_json:
        say_json({"name": name, "kind": kind, "secret": secret, "address": address})
        return
    say(f"address  {address}")
    say(f"secret   {secret}")
    say(made.hook.about)


@words.command()
def remove(name: Name, as_json: AsJson = False, _root: Root = None) -> None:
    """Forget a source: what comes in its name is refused from now on."""
    from ops.cli import place
    from ops.event_sources import Sources
    from ops.vault import Vault

    Sources(Vault(place.root(made=True))).remove(name)
    if as_json:
        say_json({"name": name, "removed": True})
    else:
        say(f"{name} is forgotten.")
