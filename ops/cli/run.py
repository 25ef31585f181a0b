"""`nexus run`: some stages in processes of their own, beside the server or on another host."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from ops.cli.place import Root
from ops.cli.screen import colors, complain, is_terminal, say

if TYPE_CHECKING:
    from pathlib import Path


def run(
    stages: Annotated[list[str], typer.Argument(metavar="STAGE", help="Which stages.")],
    copies: Annotated[
        int, typer.Option("--copies", "-n", metavar="N", min=1, max=64, help="How many of each.")
    ] = 1,
    _root: Root = None,
) -> None:
    """Run stages in processes of their own, each in its own role, until Ctrl-C.

    They share the work with whatever else runs these stages. On another host set REDIS_URL and
    REDIS_LIVE_URL, and copy secrets/gateways from the server's state folder.

    \b
    Examples:
      nexus run think --copies 2
      REDIS_URL=redis://server:6379 REDIS_LIVE_URL=redis://server:6380 nexus run tool
    """
    import os
    from dataclasses import replace

    from ops import launch, layout, runstate
    from ops.cli import given, place
    from ops.main import chosen
    from streams import keys

    here = place.settings()
    chosen([stage for stage in stages if stage != keys.JOURNAL])
    place.reachable(here)
    given.answer(here)
    _forget_ended(here.root)
    plan = layout.run(here, list(dict.fromkeys(stages)), copies=copies)
    lock = runstate.lock(plan.state)
    try:
        place.reachable(here)  # or `nexus down` came first, and did not see us yet
    except BaseException:
        os.close(lock)
        raise
    if is_terminal():
        names = ", ".join(child.name for child in plan.children)
        say(f"Running {names} (pid {os.getpid()}). Ctrl-C stops.")
    launch.in_front(replace(plan, color=colors()), lock)


def folders(state: Path) -> Iterator[Path]:
    """Yield the folders of all runs beside the server."""
    from ops import layout

    yield from sorted(path for path in layout.runs(state).glob("*") if path.is_dir())


def stop_all(state: Path) -> int:
    """Stop every run of this state folder; return how many there were."""
    from ops import launch

    stopped = [launch.down(folder, folder) for folder in folders(state)]
    _forget_ended(state)
    return sum(pid is not None for pid in stopped)


def _forget_ended(state: Path) -> None:
    import shutil

    from ops import runstate

    for folder in folders(state):
        if runstate.running(folder) is None and not _locked(folder):
            try:
                shutil.rmtree(folder)
            except OSError as error:
                complain(f"{folder} cannot be removed: {error.strerror}.")


def _locked(folder: Path) -> bool:
    """Whether a run is just beginning there."""
    import os

    from ops import runstate

    try:
        os.close(runstate.lock(folder, seconds=0))
    except runstate.AlreadyRunning:
        return True
    return False
