"""The wall clock and the world's time zones."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from schemas.errors import NotFound

LOCALTIME = Path("/etc/localtime")
"""A link to the data of this machine's time zone, whose path ends with the zone's name."""
UTC_NAME = "UTC"


class Clock:
    """What time it is."""

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return datetime.now(UTC)

    def zone(self) -> tzinfo:
        """This machine's own time zone."""
        return datetime.now(UTC).astimezone().tzinfo or UTC


def find_zone(place: str) -> ZoneInfo:
    """Return the time zone of an IANA name ("Europe/Berlin") or of the city in one ("Berlin").

    Raises:
        NotFound: there is no such zone; cities are known only by the names in the IANA list.
    """
    name = _cities().get("_".join(place.casefold().split()))
    if name is None:
        raise NotFound(
            f"I know no time zone named {place[:64]!r}; say it like Europe/Berlin or Tokyo."
        )
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise NotFound(f"This machine has no time zone data for {name}.") from error


def own_zone(link: Path = LOCALTIME) -> str:
    """Return the IANA name of this machine's own time zone; UTC where it has none.

    Args:
        link: where the system says it.
    """
    _, _, name = str(link.resolve()).partition("/zoneinfo/")
    try:
        return ZoneInfo(name).key if name else UTC_NAME
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC_NAME


@cache
def _cities() -> dict[str, str]:
    names: dict[str, str] = {}
    # Whole names last, so that "japan" the zone is not hidden by a city of another.
    for name in sorted(available_timezones()):
        names.setdefault(name.rsplit("/", 1)[-1].casefold(), name)
    for name in available_timezones():
        names[name.casefold()] = name
    return names
