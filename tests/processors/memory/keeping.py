"""Facts that are kept in the process, for tests of what is made of them."""

from __future__ import annotations

import asyncio

from gateways.memory.base import Found, mark
from gateways.memory.terms import terms
from schemas.errors import Expected
from schemas.memory import Fact, Keep


class Kept:
    """What keeps facts, by the protocol of it; a search counts the terms that both have.

    Attributes:
        rows: all that is kept.
        asked: how often anything was asked.
        away: raised by all of it, where it is set.
        held: nothing answers before it is set.
    """

    def __init__(self, *rows: Fact) -> None:
        self.rows = {(one.person, one.id): one for one in rows}
        self.asked = 0
        self.away: Expected | None = None
        self.held = asyncio.Event()
        self.held.set()

    async def people(self) -> frozenset[str]:
        await self._answer()
        return frozenset(mark(person) for person, _ in self.rows)

    async def get(self, person: str, name: str) -> Fact | None:
        await self._answer()
        return self.rows.get((person, name))

    async def put(self, fact: Fact) -> None:
        await self._answer()
        self.rows[fact.person, fact.id] = fact

    async def drop(self, person: str, name: str) -> None:
        await self._answer()
        self.rows.pop((person, name), None)

    async def search(self, person: str, words: str, limit: int) -> list[Found]:
        await self._answer()
        wanted = set(terms(words))
        found = [Found(one, len(wanted & set(terms(one.text)))) for one in self._of(person)]
        return sorted((one for one in found if one.score), key=lambda one: -one.score)[:limit]

    async def newest(
        self, person: str, limit: int, *, before: int | None = None, keep: Keep | None = None
    ) -> list[Fact]:
        await self._answer()
        found = [one for one in self._of(person) if before is None or one.at < before]
        found = [one for one in found if keep is None or one.keep == keep]
        return sorted(found, key=lambda one: -one.at)[:limit]

    async def count(self, person: str) -> int:
        await self._answer()
        return len(self._of(person))

    async def close(self) -> None:
        pass

    def _of(self, person: str) -> list[Fact]:
        return [one for (of, _), one in self.rows.items() if of == person and not one.gone]

    async def _answer(self) -> None:
        self.asked += 1
        await self.held.wait()
        if self.away is not None:
            raise self.away
