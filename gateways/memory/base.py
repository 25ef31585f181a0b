"""What keeps facts, as whoever asks it sees it."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from schemas.errors import Refused
from schemas.memory import Fact, Keep

OFF = (
    "Memory is off: the Redis of this server has no query engine. Install redis-server 8, or run"
    " ./install.sh again."
)
"""Why nothing is remembered, where that is so."""


def mark(person: str) -> str:
    """Return what stands for a person where facts are looked up: letters and digits only.

    An id may hold a comma, which parts tags, and differ from another only in its case, which tags
    do not see.
    """
    return sha256(person.encode()).hexdigest()[:32]


class MemoryOff(Refused):
    """Nothing can be remembered on this server."""

    code = "memory_off"
    status = 409


@dataclass(frozen=True, slots=True)
class Found:
    """A fact that fits.

    Attributes:
        fact: which.
        score: how well its words fit; only to be compared with others of the same search.
    """

    fact: Fact
    score: float


class Facts(Protocol):
    """Keeps facts. Of another person than is named nothing is ever told.

    All of it raises `MemoryOff` where there is no query engine, and `Away` where Redis does not
    answer.
    """

    async def people(self) -> frozenset[str]:
        """Return the marks of everybody of whom something may be remembered; see `mark`."""
        ...

    async def get(self, person: str, name: str) -> Fact | None:
        """Return one fact, also one that is gone and can be brought back."""
        ...

    async def put(self, fact: Fact) -> None:
        """Keep a fact, in place of the one of the same id."""
        ...

    async def drop(self, person: str, name: str) -> None:
        """Forget a fact for good."""
        ...

    async def search(self, person: str, words: str, limit: int) -> list[Found]:
        """Return the facts in which the words stand that matter, the best first."""
        ...

    async def newest(
        self, person: str, limit: int, *, before: int | None = None, keep: Keep | None = None
    ) -> list[Fact]:
        """Return the newest facts.

        Args:
            person: whose.
            limit: how many.
            before: only those of before this moment, in milliseconds since 1970.
            keep: only those that are kept so.
        """
        ...

    async def count(self, person: str) -> int:
        """Return how many facts there are."""
        ...

    async def close(self) -> None:
        """Let go of where they are."""
        ...
