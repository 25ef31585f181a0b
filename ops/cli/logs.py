"""`nexus logs`: what the processes said, in the order of time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from ops.cli.place import Root
from ops.cli.screen import colors, say, say_json

if TYPE_CHECKING:
    from pathlib import Path

    from ops.loglines import Line


def logs(
    child: Annotated[
        str, typer.Argument(metavar="CHILD", help="Whose, such as core or durable.")
    ] = "",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    lines: Annotated[
        int, typer.Option("--lines", "-n", metavar="N", min=0, help="How many lines.")
    ] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    _root: Root = None,
) -> None:
    """Show the logs of all processes, or of one.

    What Redis says when all is well is shown with its name only, as in `nexus logs durable`.

    \b
    Examples:
      nexus logs --follow
      nexus logs core -n 200 --json | jq 'select(.level == "error")'
    """
    from ops.cli import place
    from ops.cli.logfiles import last, news

    files = _files(place.root() / "logs", child)
    color = colors()
    for line in last(files, lines, chatter=bool(child)):
        _show(line, as_json=as_json, color=color)
    if not follow:
        return
    following = news(files)
    while True:
        for line in next(following):
            if child or not line.chatter:
                _show(line, as_json=as_json, color=color)
        time.sleep(0.2)


def _files(folder: Path, child: str) -> dict[str, Path]:
    from schemas.errors import NotFound

    files = {path.stem: path for path in sorted(folder.glob("*.log"))}
    if not files:
        raise NotFound(f"There are no logs in {folder}; nothing has run yet.")
    if child and child not in files:
        raise NotFound(f"There is no log of {child}; there are {', '.join(files)}.")
    return {child: files[child]} if child else files


def _show(line: Line, *, as_json: bool, color: bool) -> None:
    if as_json:
        say_json({"child": line.child, **line.fields})
    else:
        from ops.loglines import shown

        say(shown(line, color=color))
