"""`nexus replay`: a turn again, for no tokens and without effects."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from ops.meant import AsJson, Root

# What a command needs is loaded when it runs: each word of `nexus` starts as fast as it can.

if TYPE_CHECKING:
    from ops.replay.gather import Memory
    from ops.replay.service import Result
    from ops.settings import Settings

Turn = Annotated[
    str, typer.Argument(metavar="TURN", help="Its id, as `ask --json` and `history` show it.")
]


def word(
    journal: Memory, resources: Callable[[Settings], Mapping[type, object]]
) -> Callable[..., None]:
    """Return the command.

    Args:
        journal: who remembers turns when Redis has forgotten them.
        resources: what the stages ask for, by type.
    """

    def replay(turn: Turn, as_json: AsJson = False, _root: Root = None) -> None:
        """Run a turn again with what its models said and its tools brought back then.

        Nothing is asked of a model, no tool runs, nothing is sent: each stage is called with what
        it saw, and what it returns now is compared with what it returned then. Only times differ.

        \b
        Examples:
          nexus replay "$(nexus history --limit 1 --json | jq -r '.turns[0].id')"

        Status: 0 all is as it was, 1 something is not.
        """
        from ops import meant
        from ops.replay.gather import gather
        from ops.replay.service import Replay

        settings = meant.settings()

        async def again() -> list[Result]:
            past = await gather(settings, turn, journal)
            return await Replay(past, resources(settings)).run()

        results = asyncio.run(again())
        _show_json(turn, results) if as_json else _show(results)
        if not all(one.same for one in results):
            raise typer.Exit(1)

    return replay


def _show(results: list[Result]) -> None:
    from ops.replay import picture

    different = sum(not one.same for one in results)
    compared = sum(not one.note for one in results)
    end = f"{different} of {compared} are NOT as they were." if different else "All as it was."
    for row in (picture.way(results), "", *picture.rows(results), "", end):
        sys.stdout.write(f"{_printable(row)}\n")


def _show_json(turn: str, results: list[Result]) -> None:
    from ops.replay import picture

    found = {
        "turn": turn,
        "identical": all(one.same for one in results),
        "way": picture.way(results),
        "results": [
            {
                "stage": one.stage,
                "message": one.message,
                "what": one.what,
                "elapsed_ms": one.elapsed_ms,
                "same": one.same,
                "note": one.note,
                "diff": "" if one.same else one.diff,
            }
            for one in results
        ],
    }
    sys.stdout.write(_printable(json.dumps(found, ensure_ascii=False)) + "\n")


def _printable(text: str) -> str:
    """Escape what could move a terminal's cursor."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)
