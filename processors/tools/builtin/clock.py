"""What time it is: `time_now`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gateways.machines.clock import Clock, find_zone
from processors.tools.declare import tool
from schemas.tools import Tier, ToolResult


@tool(
    tier=Tier.GREEN,
    timeout=5,
    examples=(
        "what time is it?",
        "what is the date today?",
        "which day of the week is it?",
        "what time is it in Tokyo?",
        "tell me the current time in Europe/Berlin",
    ),
)
async def time_now(
    clock: Clock,
    zone: Annotated[
        str,
        Field(
            max_length=64,
            description="An IANA time zone like Europe/Berlin, or its city; here when empty.",
            examples=["Europe/Berlin", "Tokyo"],
            json_schema_extra={"format": "time-zone"},
        ),
    ] = "",
) -> ToolResult:
    """Tell the current time, date, weekday and calendar week, here or in a time zone."""
    found = find_zone(zone) if zone else None
    now = clock.now().astimezone(found or clock.zone())
    offset = f"{now:%z}"
    shift = f"UTC{offset[:3]}:{offset[3:5]}"
    where = f"in {found.key} ({shift})" if found else f"on this machine ({now:%Z}, {shift})"
    return ToolResult(
        text=f"It is {now:%H:%M:%S} on {now:%A}, {now.day} {now:%B %Y} {where}.\n"
        f"Calendar week {now.isocalendar().week}, day {now.timetuple().tm_yday} of the year.",
        data={
            "iso": now.isoformat(timespec="seconds"),
            "zone": found.key if found else str(now.tzinfo),
            "weekday": f"{now:%A}",
            "week": now.isocalendar().week,
        },
    )
