"""`time_now`, by a clock that stands still."""

from __future__ import annotations

from datetime import UTC, datetime

from gateways.machines.clock import Clock
from processors.tools.builtin.clock import time_now
from processors.tools.registry import Registry


class Standing(Clock):
    def now(self) -> datetime:
        return datetime(2026, 3, 3, 13, 5, 9, tzinfo=UTC)


async def test_tells_time_date_and_week() -> None:
    registry = Registry((time_now,), {Clock: Standing()})
    result = await registry.run("time_now", {"zone": "tokyo"})
    assert result.text == (
        "It is 22:05:09 on Tuesday, 3 March 2026 in Asia/Tokyo (UTC+09:00).\n"
        "Calendar week 10, day 62 of the year."
    )
    assert result.data["iso"] == "2026-03-03T22:05:09+09:00"
    here = await registry.run("time_now", {})
    assert "on this machine (" in here.text
    unknown = await registry.run("time_now", {"zone": "Narnia"})
    assert (unknown.ok, unknown.code) == (False, "not_found")
