"""A ledger of deliveries in memory."""

from __future__ import annotations


class Book:
    """Remembers what was handed over, as what.

    Attributes:
        notes: what each delivery is called there.
    """

    def __init__(self) -> None:
        self.notes: dict[str, str] = {}

    async def sent(self, channel: str, delivery: str) -> str | None:
        """Return what was noted."""
        return self.notes.get(delivery)

    async def note(self, channel: str, delivery: str, name: str) -> None:
        """Note it."""
        self.notes[delivery] = name
