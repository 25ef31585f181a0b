"""How `nexus schedules` says what a schedule is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ops.cli.event_rules import ENDED
from ops.cli.place import hint
from ops.cli.screen import age, one_line, say

if TYPE_CHECKING:
    from schemas.schedules import ScheduleView

IF_MISSED = {
    "run_once": "runs once when it was missed",
    "skip": "is skipped when it was missed",
    "ask": "you are asked when it was missed",
}
"""What becomes of times that went by."""


def show_whole(view: ScheduleView) -> None:
    """Say all that is known of a schedule."""
    show_lines(view)
    most = f"; costs at most {view.cost:g} US dollars a run" if view.cost else ""
    say(f"{'':<24}  {IF_MISSED[view.missed]}{most}; asks as {view.person}:")
    for line in view.says.splitlines():
        say(f"{'':<24}    {one_line(line, 400)}")
    if view.last and view.last.says:
        say(f"{'':<24}  its last run said: {one_line(view.last.says, 400)}")


def show_lines(view: ScheduleView) -> None:
    """Say in a few lines what a schedule is, when it is next, and what became of it."""
    from processors.tools.wording import counted

    say(f"{view.name:<24}  {view.words}: {one_line(view.says, 60)}")
    say(f"{'':<24}  {_next(view)}")
    if view.runs or view.skipped:
        missed = f", missed {counted(view.skipped, 'time')}" if view.skipped else ""
        say(f"{'':<24}  ran {counted(view.runs, 'time')}{missed}{_last(view)}")


def _next(view: ScheduleView) -> str:
    from processors.clock.plan import shown

    match view.state:
        case "paused":
            return "paused"
        case "over":
            return "over: no time is to come"
        case "asks":
            return hint(f"was missed: `nexus schedules run {view.name}` has it run now")
    first = view.next[0]
    left = age(max(0.0, first / 1000 - time.time()))
    return f"next on {shown(first, view.zone)}, in {left}"


def _last(view: ScheduleView) -> str:
    from processors.clock.plan import shown

    if view.last is None:
        return ""
    outcome = view.last.outcome
    how = f": {ENDED.get(outcome, outcome)}" if outcome else ""
    return f"; last on {shown(view.last.at, view.zone)}{how}"
