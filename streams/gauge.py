"""How much room there is: what closes the doors, and what an owner hears before they close."""

from __future__ import annotations

from dataclasses import dataclass

FULL = 0.8
"""The part of the memory beyond which nothing is taken in."""
UNWRITTEN = 0.5
"""The same while nobody writes the journal."""
MEGABYTE = 1 << 20
MOST_WAITING = 100_000
"""Entries that may wait for the journal."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """One reading.

    Attributes:
        journal: whether somebody writes the journal; None where there is none.
        waiting: entries that are not in the journal yet.
        used: bytes of memory in use.
        most: bytes there may be; 0 for no bound.
        room: bytes that are free on the disk of the state folder; None where nobody looked.
        floor: bytes that must stay free there.
    """

    journal: bool | None
    waiting: int
    used: int
    most: int
    room: int | None = None
    floor: int = 0

    @property
    def memory(self) -> float:
        """The part of the memory in use."""
        return self.used / self.most if self.most else 0.0

    @property
    def closed(self) -> str:
        """Why nothing can be taken in now, in one sentence; empty when all is well."""
        if self.memory >= FULL:
            return f"The memory of Redis is used to {self.memory:.0%}."
        if self.room is not None and self.room < self.floor:
            return (
                f"The disk has {self.room / MEGABYTE:,.0f} MB left, and"
                f" {self.floor / MEGABYTE:,.0f} MB must stay free."
            )
        if self.waiting >= MOST_WAITING:
            return f"The journal is behind: {self.waiting:,} entries wait to be written."
        if self.journal is False and self.memory >= UNWRITTEN:
            return f"The journal is down, and the memory of Redis is used to {self.memory:.0%}."
        return ""

    @property
    def notice(self) -> str:
        """What an owner should know before the doors close; empty when all is well."""
        if self.closed or self.journal is not False:
            return self.closed
        left = f"{MOST_WAITING - self.waiting:,} more entries"
        if self.most:
            megabytes = (self.most * UNWRITTEN - self.used) / MEGABYTE
            left += f" or {megabytes:,.0f} MB"
        return f"The journal is down: new messages are refused after {left}."
