"""The benchmark of events runs and prints what others rely on; no clock ever fails it."""

from __future__ import annotations

import uvloop

from bench import events


def test_events_are_measured() -> None:
    found = uvloop.run(events.run(20, 20.0))
    assert {"rate", "p50_ms", "p99_ms", "lost", "duplicated"} <= set(found)
    assert (found["lost"], found["duplicated"]) == (0, 0)
    assert found["p99_ms"] >= found["p50_ms"] > 0
