"""`nexus secrets`: keys of providers and the like, kept sealed; nobody is ever shown one."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.cli.place import AsJson, Root
from ops.cli.screen import say, say_json

words = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Keep keys of providers sealed; they can be replaced, never read.",
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="Such as GEMINI_API_KEY.")]


@words.command("set")
def put(name: Name, as_json: AsJson = False, _root: Root = None) -> None:
    """Keep a secret: typed unseen, or sent on standard input. It counts at once.

    \b
    Examples:
      nexus secrets set GEMINI_API_KEY
      pass show gemini | nexus secrets set GEMINI_API_KEY
    """
    from ops import prompt
    from ops.cli import place
    from ops.settings import key_of
    from ops.vault import NAME, Vault, ending
    from schemas.errors import Invalid

    if not NAME.fullmatch(name):
        raise Invalid(
            f"{name} cannot name a secret; use capital letters, figures and underscores, such as"
            " GEMINI_API_KEY. What it says is asked for afterwards."
        )
    root = place.root(made=True)
    value = prompt.secret(name)
    Vault(root).put(name, value)
    over = key_of(name) is not None
    if as_json:
        say_json({"name": name, "ends": ending(value), "environment": over})
        return
    ends = f", ends in {ending(value)}" if ending(value) else ""
    say(f"{name} is kept{ends}.")
    if over:
        say(f"But the environment has {name} too, and wins where it is set.")


@words.command("list")
def show(as_json: AsJson = False, _root: Root = None) -> None:
    """Show which secrets are kept, and how they end."""
    import time

    from ops.cli import place
    from ops.settings import key_of
    from ops.vault import Vault

    found = Vault(place.settings().root).listed()
    if as_json:
        rows = [
            {"name": o.name, "ends": o.ends, "at": o.at, "environment": key_of(o.name) is not None}
            for o in found
        ]
        say_json({"secrets": rows})
        return
    if not found:
        say(place.hint("There are none; `nexus secrets set NAME` keeps one."))
    for one in found:
        since = time.strftime("%Y-%m-%d", time.localtime(one.at / 1000))
        ends = f"ends in {one.ends}" if one.ends else ""
        over = "  (the environment's wins)" if key_of(one.name) is not None else ""
        say(f"{one.name:<28}  {ends:<12}  {since}{over}")


@words.command()
def remove(name: Name, as_json: AsJson = False, _root: Root = None) -> None:
    """Forget a secret."""
    from ops.cli import place
    from ops.vault import NAME, Vault
    from schemas.errors import NotFound

    if not NAME.fullmatch(name):
        raise NotFound(f"There is no secret {name}.")
    Vault(place.root(made=True)).remove(name)
    if as_json:
        say_json({"name": name, "removed": True})
    else:
        say(f"{name} is forgotten.")


@words.command()
def rotate(as_json: AsJson = False, _root: Root = None) -> None:
    """Replace the server's own keys and passwords by new ones; nothing that is kept is lost.

    Some can be replaced only while the server is stopped: it says which.
    """
    from dataclasses import asdict

    from ops import rotation
    from ops.cli import place

    found = rotation.rotate(place.settings(made=True))
    if as_json:
        say_json({"rotated": [asdict(one) for one in found]})
        return
    for one in found:
        say(f"{'new' if one.done else 'as it was':<10} {one.what:<10} {one.note}")
