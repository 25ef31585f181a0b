"""How much room there is: what closes the doors, and what an owner hears before they close."""

from __future__ import annotations

from dataclasses import dataclass

FULL = 0.8
"""The part of the memory beyond which nothing is taken in."""
UNWRITTEN = 0.5
"""The same while nobody writes the journal."""
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
    """

    journal: bool | None
    waiting: int
    used: int
    most: int

    @property
    def memory(self) -> float:
        """The part of the memory in use."""
        return self.used / self.most if self.most else 0.0

    @property
    def closed(self) -> str:
        """Why nothing can be taken in now, in one sentence; empty when all is well."""
        if self.memory >= FULL:
            return f"The memory of Redis is used to {self.memory:.0%}."
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
            megabytes = (self.most * UNWRITTEN - self.used) / (1 << 20)
            left += f" or {megabytes:,.0f} MB"
        return f"The journal is down: new messages are refused after {left}."
