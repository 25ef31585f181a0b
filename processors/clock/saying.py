"""What a schedule says when it is due: a message like any other, in a conversation of its own."""

from __future__ import annotations

from processors.clock.due import Decision
from processors.clock.plan import shown
from processors.events.rules import COMMANDS
from schemas.base import new_id
from schemas.chat import Received
from schemas.schedules import Schedule

CLOCK = "clock"
"""The gateway and the channel of what schedules say."""


def key_of(schedule: Schedule, due: int) -> str:
    """Return the idempotency key of a run: of one time there is one."""
    return f"schedule:{schedule.id}:{due}"


def said(schedule: Schedule, due: int, found: Decision) -> Received:
    """Return what a schedule says.

    Each run is a conversation of its own, so that none reads, waits for or pays for another.

    Args:
        schedule: which.
        due: its time, in milliseconds since 1970.
        found: what became of it.
    """
    name = new_id()
    return Received(
        id=name,
        trace=name,
        session=f"schedule-{schedule.id}-{due}",
        person=schedule.person,
        channel=CLOCK,
        # The answer goes to the schedule: `deliver` tells its person by this name that it failed.
        chat=schedule.name,
        text=_text(schedule, due, found),
        tier=schedule.tier,
        most_cost=None if schedule.cost is None else max(1, round(schedule.cost * 1_000_000)),
    )


def _text(schedule: Schedule, due: int, found: Decision) -> str:
    # A tool that is called by its name takes no further words.
    if not found.late or schedule.says.lstrip().startswith(COMMANDS):
        return schedule.says
    others = f" So were {found.missed} later times." if found.missed else ""
    return (
        f"{schedule.says}\n\n(This was due on {shown(due, schedule.zone)}, and was missed then."
        f"{others})"
    )
