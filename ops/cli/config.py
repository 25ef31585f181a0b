"""`nexus config`: the settings, by their dotted names."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ops.cli.place import AsJson, Root
from ops.cli.screen import one_line, safe, say, say_json

words = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Show and change settings.")


@words.command("get")
def show(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Such as http.port; all unless given.")
    ] = "",
    as_json: AsJson = False,
    _root: Root = None,
) -> None:
    """Show one setting, or all with where each comes from: environment, file, or default.

    The environment wins over the file, and that over the default.

    \b
    Examples:
      nexus config get http.port
      nexus config get --json
    """
    from ops import config_file
    from ops.cli import place
    from ops.settings import every

    state = place.root()
    if name:
        value = config_file.get(state, name)
        if as_json:
            say_json(value)
        else:
            say(_word(value))
        return
    here = place.settings()
    found = {one.name: _value(here, one.name) for one in every()}
    if as_json:
        say_json(found)
        return
    widest = max(map(len, found))
    for one in every():
        if one.name == "crash" and not found[one.name]:
            continue  # for tests of recovery, and of no use to an owner
        source = config_file.source(state, one)
        say(f"{one.name:<{widest}}  {source:<11}  {one_line(_word(found[one.name]))}")


@words.command(
    "set",
    context_settings={"ignore_unknown_options": True},  # a value may begin with a minus
)
def put(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Such as http.port.")],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="As YAML: 8081, debug, [/srv].")],
    _root: Root = None,
) -> None:
    """Write one setting to config.yaml; it counts at once, or says from when.

    \b
    Examples:
      nexus config set http.port 8081
      nexus config set files.roots '[/srv, /home]'
    """
    from ops import config_file, runstate
    from ops.cli import place
    from ops.settings import waits

    state = place.root(made=True)
    config_file.put(state, name, value)
    found = _word(config_file.get(state, name))
    if runstate.running(state) and waits(name):
        later = place.hint("`nexus down`, then `nexus up --detach`")
        say(f"{name} is {found}, once the server is started again: {later}.")
    else:
        say(f"{name} is {found}.")


@words.command()
def unset(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Such as http.port.")],
    _root: Root = None,
) -> None:
    """Take one setting out of config.yaml: its default counts again.

    \b
    Examples:
      nexus config unset models.flash
    """
    from ops import config_file
    from ops.cli import place

    state = place.root(made=True)
    was = config_file.unset(state, name)
    found = _word(config_file.get(state, name))
    say(f"{name} is {found}{' again' if was else '; it was not set'}.")


@words.command()
def path(_root: Root = None) -> None:
    """Show where the settings are written."""
    from ops import config_file
    from ops.cli import place

    say(str(config_file.path(place.root())))


def _value(here: Any, name: str) -> Any:
    from ops import config_file

    return config_file.plain(here, name)


def _word(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(value) if isinstance(value, list) else safe(str(value))
