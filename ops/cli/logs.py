"""`nexus logs`: what the processes said, in the order of time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops.cli.place import Root
from ops.cli.screen import say_json

if TYPE_CHECKING:
    from pathlib import Path

    from ops.cli.logfiles import Line


def logs(
    child: Annotated[
        str, typer.Argument(metavar="CHILD", help="Whose, such as core or durable.")
    ] = "",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many lines.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    _root: Root = None,
) -> None:
    """Show the logs of all processes, or of one.

    \b
    Examples:
      nexus logs --follow
      nexus logs core -n 200 --json | jq 'select(.level == "error")'
    """
    from ops.cli import place
    from ops.cli.logfiles import last, news

    files = _files(place.root() / "logs", child)
    show = _json if as_json else _printer(max(map(len, files)))
    for line in last(files, lines):
        show(line)
    if not follow:
        return
    following = news(files)
    while True:
        for line in next(following):
            show(line)
        time.sleep(0.2)


def _files(folder: Path, child: str) -> dict[str, Path]:
    from schemas.errors import NotFound

    files = {path.stem: path for path in sorted(folder.glob("*.log"))}
    if not files:
        raise NotFound(f"There are no logs in {folder}; nothing has run yet.")
    if child and child not in files:
        raise NotFound(f"There is no log of {child}; there are {', '.join(files)}.")
    return {child: files[child]} if child else files


def _json(line: Line) -> None:
    say_json({"child": line.child, **line.fields})


def _printer(width: int) -> Any:
    from rich.text import Text

    from ops.cli.screen import console, one_line

    screen = console()
    colors = {"error": "red", "critical": "red", "warning": "yellow", "debug": "dim"}

    def show(line: Line) -> None:
        fields = dict(line.fields)
        for known in ("timestamp", "at"):
            fields.pop(known, None)
        level = str(fields.pop("level", ""))
        trace = str(fields.pop("exception", ""))
        words = " ".join(str(fields.pop(key)) for key in ("event", "text") if key in fields)
        clock = time.strftime("%H:%M:%S", time.localtime(line.at)) if line.at else "        "
        text = Text.assemble((f"{clock} {line.child:<{width}}  ", "dim"))
        text.append(one_line(words, 2_000), colors.get(level, ""))
        for key, value in fields.items():
            text.append(f"  {one_line(key)}=", "dim")
            text.append(one_line(str(value), 500))
        screen.print(text, soft_wrap=True)
        for row in trace.splitlines():
            screen.print(Text(f"    {one_line(row, 500)}", "dim"), soft_wrap=True)

    return show
