"""What the agent does at times by itself: `schedule_create`, `schedule_list`, `schedule_remove`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from processors.agent.people import OWNER
from processors.clock.book import Book, drawn_up
from processors.clock.plan import planned, shown
from processors.tools.declare import Asker, Weight, tool
from processors.tools.wording import counted
from schemas.base import now_ms
from schemas.errors import Forbidden, Refused
from schemas.schedules import Missed, ScheduleForm, ScheduleView
from schemas.tools import Tier, ToolResult, Undo

Name = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z0-9-]{0,31}$",
        description="A short name for it.",
        examples=["morning-report"],
    ),
]
When = Annotated[
    str,
    Field(
        min_length=1,
        max_length=128,
        description="Five cron fields, `every 2 hours`, or once as 2026-12-24 18:00.",
        examples=["0 7 * * MON-FRI", "every 15 minutes"],
    ),
]
Says = Annotated[
    str, Field(min_length=1, max_length=8_000, description="What you are asked each time, in full.")
]
Zone = Annotated[
    str, Field(max_length=64, description="An IANA time zone or a city; here when empty.")
]


def _weigh_create(name: str, when: str, says: str, zone: str, if_missed: Missed) -> Weight:
    try:
        made = drawn_up(_form(name, when, says, zone, if_missed), OWNER, now_ms())
        words = planned(made).words()
    except Refused as error:
        return Weight(black=error.code, reasons=(str(error),))
    return Weight(
        targets=(f"schedule:{name}",),
        command=f"schedule {name}: {words}; if missed: {if_missed}\nasks: {says}",
        affects="it is asked at these times by itself, with your rights, until it is removed",
        undo="the schedule is removed again",
    )


@tool(
    tier=Tier.ORANGE,
    timeout=15,
    effect="plain",
    examples=("make a schedule that reports every weekday at 7",),
    weigh=_weigh_create,
)
async def schedule_create(  # noqa: PLR0917 - a tool's arguments are its parameters
    book: Book,
    asker: Asker,
    name: Name,
    when: When,
    says: Says,
    zone: Zone = "",
    if_missed: Annotated[
        Missed, Field(description="What becomes of times at which the server was off.")
    ] = "run_once",
) -> ToolResult:
    """Have something asked by itself at times. A person sees what it became, and says yes."""
    found = await book.add(_form(name, when, says, zone, if_missed), _owner(asker))
    return ToolResult(
        text=f"The schedule {name} is made: {found.words}. {_next(found)}",
        data={"name": name, "words": found.words, "next": list(found.next)},
        undo=Undo(tool="schedule_remove", arguments={"name": name}, says="remove the schedule"),
    )


@tool(
    tier=Tier.GREEN,
    timeout=15,
    examples=("which schedules are there?", "list the schedules"),
)
async def schedule_list(book: Book) -> ToolResult:
    """List what is asked by itself, when it is next, and how often it was missed."""
    found = await book.all()
    lines = [
        f"{one.name} ({one.state}): {one.words}. {_next(one)} Ran {counted(one.runs, 'time')},"
        f" missed {one.skipped}. Asks: {' '.join(one.says.split())[:200]}"
        for one in found
    ]
    return ToolResult(
        text="\n".join(lines) or "There is no schedule.",
        data={"schedules": [one.model_dump(mode="json") for one in found]},
    )


def _weigh_remove(name: str) -> Weight:
    return Weight(
        targets=(f"schedule:{name}",),
        command=f"remove the schedule {name}",
        affects="it is not asked any more",
        undo="the schedule is made again, once you say yes to it",
    )


@tool(
    tier=Tier.YELLOW,
    timeout=15,
    effect="plain",
    examples=("remove the schedule morning-report",),
    weigh=_weigh_remove,
)
async def schedule_remove(book: Book, asker: Asker, name: Name) -> ToolResult:
    """Remove a schedule: what it asks is not asked any more."""
    _owner(asker)
    gone = await book.remove(name)
    again = {
        "name": name,
        "when": gone.when,
        "says": gone.says,
        "zone": gone.zone,
        "if_missed": gone.missed,
    }
    return ToolResult(
        text=f"The schedule {name} is removed.",
        data={"name": name},
        undo=Undo(tool="schedule_create", arguments=again, says="make the schedule again"),
    )


def _form(name: str, when: str, says: str, zone: str, missed: Missed) -> ScheduleForm:
    return ScheduleForm(name=name, when=when, says=says, zone=zone, missed=missed)


def _owner(asker: Asker) -> str:
    if asker != OWNER:
        raise Forbidden("The schedules of this server are the owner's.")
    return OWNER


def _next(view: ScheduleView) -> str:
    return f"Next on {shown(view.next[0], view.zone)}." if view.next else "No time is to come."


TOOLS = (schedule_create, schedule_list, schedule_remove)
