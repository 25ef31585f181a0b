"""`nexus doctor`: is everything here that is needed, and does it work?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.cli.place import AsJson, Root
from ops.cli.screen import one_line, say, say_json

if TYPE_CHECKING:
    from ops.cli.checks import Finding


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
    from rich.text import Text

    from ops.cli.screen import console

    screen = console()
    color = {"ok": "green", "warn": "yellow", "fail": "red"}
    widest = max(len(one.check) for one in found)
    for one in found:
        row = Text.assemble((f"{one.state:<5}", color[one.state]), f"{one.check:<{widest}}  ")
        row.append(one_line(one.text, 400))
        screen.print(row, soft_wrap=True)
        if one.advice:
            screen.print(
                Text(f"{'':<{widest + 7}}{one_line(one.advice, 400)}", "dim"), soft_wrap=True
            )
    bad = [one for one in found if one.state != "ok"]
    say()
    say(f"{len(bad)} of {len(found)} want a look." if bad else "All is well.")
