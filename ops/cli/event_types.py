"""`nexus events types`: what events look like."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ops.cli.place import AsJson, Root
from ops.cli.screen import one_line, say, say_json

words = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="What events look like.")


@words.command("list")
def show_all(as_json: AsJson = False, _root: Root = None) -> None:
    """List the types that are described, those of the webhooks among them."""
    from ops.cli import place
    from ops.event_files import KeptTypes

    found = KeptTypes(place.root()).described()
    if as_json:
        say_json([one.model_dump(mode="json", by_alias=True) for one in found])
        return
    for one in found:
        say(f"{one.type:<28}  {one.version:>3}  {one_line(one.about, 60)}".rstrip())


@words.command()
def add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON or YAML.")],
    as_json: AsJson = False,
    _root: Root = None,
) -> None:
    """Describe a type, or a new version of one; a running server takes it over at once.

    The file has `type`, `version`, `about`, and `schema`: a JSON Schema of the event's data.

    \b
    Examples:
      nexus events types add disk-full.yaml
    """
    from ops import event_files
    from ops.cli import place

    found = event_files.add_type(place.root(), file)
    if as_json:
        say_json({"type": found.type, "version": found.version})
    else:
        say(f"{found.type}, version {found.version}, is described.")


@words.command()
def show(
    kind: Annotated[str, typer.Argument(metavar="TYPE", help="Such as disk.full.")],
    version: Annotated[
        int | None, typer.Option("--version", help="The newest unless given.")
    ] = None,
    _root: Root = None,
) -> None:
    """Show what the events of a type look like, as JSON Schema."""
    import json

    from ops.cli import place
    from ops.event_files import KeptTypes
    from schemas.errors import NotFound

    versions = KeptTypes(place.root()).now().get(kind, {})
    chosen = version or max(versions, default=0)
    if chosen not in versions:
        raise NotFound(f"Nobody described {kind}{f', version {version}' if version else ''}.")
    say(json.dumps(versions[chosen].described.form, indent=2, ensure_ascii=True))
