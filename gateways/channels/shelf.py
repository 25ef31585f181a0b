"""Where the files of a channel lie: those that people send, and those of this server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from schemas.chat import Attachment

LARGEST = 20 << 20
"""Bytes of one file, in or out; Telegram hands no larger one to a bot."""

ON_THE_PAGE = "what I offered can be saved from the page."


@dataclass(frozen=True, slots=True)
class Lent:
    """A file of this server that goes out.

    Attributes:
        name: its own, without its folder.
        data: its bytes.
    """

    name: str
    data: bytes


class Shelf(Protocol):
    """Keeps the files that people send, and lends those that were offered to them."""

    async def keep(
        self, source: str, person: str, name: str, pieces: AsyncIterator[bytes]
    ) -> Attachment:
        """Write a file down while it comes in.

        Args:
            source: which file of which message; the same one again is the same file.
            person: whose it is.
            name: what their device calls it.
            pieces: its bytes.

        Raises:
            Refused: it is too large, or there is no room.
        """
        ...

    async def lend(self, path: str) -> Lent:
        """Return a file that is open to the agent.

        Raises:
            Refused: it is not, is gone, is empty, or is too large.
        """
        ...
