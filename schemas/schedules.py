"""Schedules: what is asked at which times, by itself."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from schemas.base import Identifier, Moment, Text, Word, new_id, now_ms
from schemas.chat import Outcome
from schemas.events import Name
from schemas.people import Form

Missed = Literal["run_once", "skip", "ask"]
"""What becomes of times that went by while nothing ran: one run for all of them, none, or a notice
by which a person decides."""
When = Annotated[str, StringConstraints(min_length=1, max_length=128)]
"""Such as `0 7 * * MON-FRI`, `every 15 minutes` or `2026-12-24 18:00`."""
Zone = Annotated[str, StringConstraints(max_length=64)]
"""A time zone by its IANA name, or a city; that of this machine where it is empty."""
Says = Annotated[Text, Field(min_length=1, max_length=8_000)]
"""What is asked, as if its person typed it."""
Cost = Annotated[float, Field(ge=0.000_001, le=1_000_000, allow_inf_nan=False)]
"""US dollars that one run may cost."""
TierName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]


class Schedule(Word):
    """A schedule as it is kept."""

    id: Identifier = Field(default_factory=new_id)
    """Of this one: another of the same name is another schedule."""
    name: Name
    when: When
    zone: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    says: Says
    missed: Missed = "run_once"
    tier: TierName | None = None
    """The model tier of its runs."""
    cost: Cost | None = None
    """What one run may cost; as much as any turn unless given."""
    person: Identifier
    """In whose name it runs, with the rights that they have then."""
    paused: bool = False
    since: Moment = Field(default_factory=now_ms)
    """When it was made, or begun anew: `every` counts from here."""


class ScheduleForm(Form):
    """A schedule that somebody makes."""

    name: Name
    when: When
    says: Says
    zone: Zone = ""
    missed: Missed = "run_once"
    tier: TierName | None = None
    cost: Cost | None = None


class ScheduleChange(Form):
    """What becomes another; all else stays."""

    when: When | None = None
    says: Says | None = None
    zone: Zone | None = None
    missed: Missed | None = None
    cost: Cost | None = None
    paused: bool | None = None


Ran = Literal[Outcome, "running", "waits", "told", "sent"]
"""How a run ended: as its turn did, or it is not over."""


class RunView(Word):
    """The last run of a schedule."""

    due: Moment
    """When it was to begin."""
    at: Moment
    """When it did."""
    turn: str
    session: str
    """Its conversation."""
    outcome: Ran | None = None
    """null where nothing is written down of it."""
    says: str = ""
    """The answer, or in words why it failed."""


class ScheduleView(Word):
    """A schedule, as it is at this moment."""

    name: Name
    when: str
    words: str
    """The times in words."""
    zone: str
    says: str
    missed: Missed
    tier: str | None
    cost: float | None
    person: str
    state: Literal["waiting", "paused", "asks", "over"]
    """`asks`: times went by, and somebody is to say whether it runs; `over`: it ran, once."""
    next: tuple[Moment, ...]
    """The next times, the nearest first."""
    runs: int
    """How often it ran."""
    skipped: int
    """How many of its times went by without a run of their own."""
    last: RunView | None


class SchedulesView(Word):
    """All schedules, by name."""

    schedules: tuple[ScheduleView, ...]
    written: bool = True
    """Whether the history could be read; without it nobody knows how runs ended."""
