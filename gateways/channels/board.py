"""The place for what a person is told beside their conversations."""

from __future__ import annotations

from typing import Protocol

from schemas.notices import Notice


class Board(Protocol):
    """Keeps what a person is told until they have seen it."""

    async def publish(self, notice: Notice) -> str:
        """Tell it; the same source and key again is counted, and told once."""
        ...
