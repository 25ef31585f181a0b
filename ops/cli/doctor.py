"""`nexus doctor`: is everything here that is needed, and does it work?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.cli.place import AsJson, Root
from ops.cli.screen import is_terminal, one_line, say, say_json, show

if TYPE_CHECKING:
    from ops.cli.machine import Finding


def doctor(as_json: AsJson = False, _root: Root = None) -> None:
    """Look at this machine and at the running server, and say what to do.

    \b
    Examples:
      nexus doctor
      nexus doctor --json | jq '.[] | select(.state != "ok")'

    Status: 0 nothing fails, 1 something does.
    """
    import sys

    from ops.cli.checks import examine

    found = examine()
    if as_json:
        say_json([vars(one) for one in found])
    else:
        _show(found)
    if any(one.state == "fail" for one in found):
        sys.exit(1)


def _show(found: list[Finding]) -> None:
    from rich.table import Table
    from rich.text import Text

    from ops.cli.screen import console

    screen = console()
    color = {"ok": "green", "warn": "yellow", "fail": "red"}
    # What wraps goes on below itself; for a program, each is one row.
    table = Table.grid(padding=(0, 1, 0, 0))
    for column in range(3):
        table.add_column(no_wrap=column < 2 or not is_terminal())
    for one in found:
        text = Text(one_line(one.text, 400))
        table.add_row(Text(one.state, color[one.state]), f"{one.check} ", text)
        if one.advice:
            table.add_row("", "", Text(one_line(one.advice, 400), "dim"))
    show(screen, table)
    bad = [one for one in found if one.state != "ok"]
    say()
    say(f"{len(bad)} of {len(found)} want a look." if bad else "All is well.")
