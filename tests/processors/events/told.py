"""Events for tests."""

from __future__ import annotations

from typing import Any

from schemas.desk import Happened


def happened(kind: str = "disk.full", name: str = "e1", **data: Any) -> Happened:
    """Return an event."""
    return Happened(
        id=name,
        trace=name,
        session="events-owner",
        person="owner",
        channel="api",
        type=kind,
        data=data,
    )
