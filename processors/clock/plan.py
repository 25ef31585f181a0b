"""When a schedule is due: by cron in a time zone, every so often, or once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from typing import Protocol
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from gateways.machines.clock import find_zone, own_zone
from schemas.errors import Invalid, NotFound
from schemas.schedules import Schedule

MINUTE, YEAR = 60_000, 366 * 86_400_000
"""Milliseconds: the shortest and the longest time between two runs."""
FARTHEST = 10 * YEAR
"""How far away the one time may be at which something is to happen."""
WRONG = 86_400_000
"""Milliseconds: what was done so far ahead was done by a clock that was wrong."""

_ALIASES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
}
_UNITS = {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_EVERY = re.compile(
    r"every (?:(\d{1,6}) ?)?(m|min|minutes?|h|hours?|d|days?|w|weeks?)", re.ASCII | re.IGNORECASE
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*", re.ASCII)
_HOW = (
    "Say it as `0 7 * * MON-FRI` (minute, hour, day, month, weekday), `every 15 minutes`, or"
    " `2026-12-24 18:00`."
)


class Plan(Protocol):
    """Knows when something is due; all times are milliseconds since 1970, UTC."""

    def dues(self, moment: int) -> Iterator[int]:
        """Yield the times after a moment, in their order; it may have no end."""
        ...

    def words(self) -> str:
        """Say the times as people do."""
        ...


class Cron:
    """Times by a cron expression of five fields, as Debian's cron understands it.

    A fixed time that the clocks skip in spring is due when they have; one that they show twice in
    autumn is due the first time. What has `*` as its minute or hour goes by real time.

    Args:
        expression: the five fields.
        zone: whose clocks.

    Raises:
        Invalid: it is none, or it never comes.
    """

    def __init__(self, expression: str, zone: ZoneInfo) -> None:
        fields = len(expression.split())
        if fields == 6:
            raise Invalid(f"{expression!r} has six fields: nothing runs by seconds here. {_HOW}")
        if fields != 5:
            raise Invalid(f"{expression!r} has {fields} fields, and cron has five. {_HOW}")
        self._expression, self._zone = expression, zone
        try:
            self._words = CronSim(expression, datetime.now(zone)).explain()
            never = next(self.dues(0), None) is None
        except CronSimError as error:
            raise Invalid(f"{expression!r} is no cron expression: {error}. {_HOW}") from None
        if never:
            raise Invalid(f"{expression!r} never comes.")

    def dues(self, moment: int) -> Iterator[int]:
        """Yield the times after a moment."""
        begin = datetime.fromtimestamp(moment // 1_000, UTC).astimezone(self._zone)
        for found in CronSim(self._expression, begin):
            due = int(found.timestamp()) * 1_000
            # The hour that the clocks show twice is gone back to: what was due then is past.
            if due > moment:
                yield due

    def words(self) -> str:
        """Say the times as people do."""
        return f"{self._words[:1].lower()}{self._words[1:]} ({self._zone.key})"


class Every:
    """Times at the same distance, by real time.

    Args:
        step: the distance, in milliseconds.
        since: from where it is counted.

    Raises:
        Invalid: it is too short or too long.
    """

    def __init__(self, step: int, since: int) -> None:
        if not MINUTE <= step <= YEAR:
            raise Invalid("The time between two runs is from a minute to a year.")
        self._step, self._since = step, since

    def dues(self, moment: int) -> Iterator[int]:
        """Yield the times after a moment."""
        count = max(1, (moment - self._since) // self._step + 1)
        while True:
            yield self._since + count * self._step
            count += 1

    def words(self) -> str:
        """Say the times as people do."""
        seconds = self._step // 1_000
        units = {"week": 604_800, "day": 86_400, "hour": 3_600, "minute": 60}
        unit = next(one for one, length in units.items() if seconds % length == 0)
        count = seconds // units[unit]
        return f"every {unit}" if count == 1 else f"every {count} {unit}s"


class Once:
    """One time.

    Args:
        at: when.
        zone: whose clocks say it.
    """

    def __init__(self, at: int, zone: ZoneInfo) -> None:
        self._at, self._zone = at, zone

    def dues(self, moment: int) -> Iterator[int]:
        """Yield it, if it is after a moment."""
        if self._at > moment:
            yield self._at

    def words(self) -> str:
        """Say the time as people do."""
        return f"once, on {shown(self._at, self._zone.key)}"


@lru_cache(maxsize=1_024)
def plan(when: str, zone: str, since: int) -> Plan:
    """Return when something is due.

    Args:
        when: a cron expression, `every` and a distance, or a date and a time.
        zone: the IANA name of the time zone whose clocks are meant.
        since: from where a distance is counted, in milliseconds since 1970.

    Raises:
        Invalid: it is none of these, or never comes.
        NotFound: there is no such time zone.
    """
    said, clocks = " ".join(when.split()), find_zone(zone)
    if said.lower().startswith("every"):
        return Every(_distance(said), since)
    if _DATE.fullmatch(said):
        return Once(_moment(said, clocks), clocks)
    return Cron(_ALIASES.get(said.lower(), said), clocks)


def planned(schedule: Schedule) -> Plan:
    """Return when a schedule is due; see `plan`."""
    return plan(schedule.when, schedule.zone, schedule.since)


def ahead(found: Plan, moment: int, count: int) -> tuple[int, ...]:
    """Return the next times after a moment, at most so many."""
    return tuple(islice(found.dues(moment), count))


def begins(now: int, seen: int) -> int:
    """Return the moment behind which the next time is looked for.

    What was done is not done again, though the clock was put back; but whoever put it forward by a
    year, and back, does not wait for a year.

    Args:
        now: the present time, in milliseconds since 1970; so with all times here.
        seen: the last time that is done with.
    """
    return seen if now < seen <= now + WRONG else now


def zone_of(name: str) -> str:
    """Return the IANA name of a time zone, or of this machine's own where none is named.

    Raises:
        NotFound: there is no such time zone.
    """
    return find_zone(name).key if name.strip() else own_zone()


def shown(at: int, zone: str) -> str:
    """Write a moment as the clocks of a zone show it: "Mon 7 Dec 2026, 07:00 (Europe/Berlin)"."""
    try:
        local = datetime.fromtimestamp(at / 1_000, find_zone(zone))
    except (NotFound, OverflowError, OSError, ValueError):
        return "a time that this machine cannot tell"
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M} ({zone})"


def _distance(said: str) -> int:
    found = _EVERY.fullmatch(said)
    if found is None:
        raise Invalid(f"{said!r} is no distance. {_HOW}")
    return int(found[1] or 1) * _UNITS[found[2][0].lower()] * 1_000


def _moment(said: str, zone: ZoneInfo) -> int:
    """Return the moment of a date and a time.

    Raises:
        Invalid: there is no such time, or the clocks skip it.
    """
    try:
        local = datetime.fromisoformat(said)
    except ValueError:
        raise Invalid(f"{said!r} is no date and time. {_HOW}") from None
    if local.tzinfo is None:
        local = local.replace(tzinfo=zone)
        if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local.replace(
            tzinfo=None
        ):
            raise Invalid(f"In {zone.key} the clocks skip {said}; choose a time beside it.")
    try:
        return int(local.timestamp()) * 1_000
    except (OverflowError, ValueError):
        raise Invalid(f"{said!r} is out of reach.") from None
