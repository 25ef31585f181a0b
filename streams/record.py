"""A turn's record: an append-only list in Redis, read through a cache that knows its length."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from redis.asyncio import Redis

from schemas.errors import NotFound
from schemas.record import Asked, Entry, Observed, Routed, Said, Thought, Usage, entries
from streams import keys
from streams.lists import Lists
from streams.store import text

E = TypeVar("E", bound=Entry)

KEPT_BYTES = 32 * 1024 * 1024
"""How much of the records a process remembers."""
KEPT_SECONDS = 60.0
"""A record that did not grow for so long is forgotten: its turn is over, or elsewhere."""
ENTRY_BYTES = 1_000
"""What an entry costs in memory beyond its JSON."""


class TurnRecord:
    """What a turn has come to so far. What a stage adds is committed with its messages.

    Args:
        turn: the turn's id.
        known: the entries that are already durable.
    """

    def __init__(self, turn: str, known: Sequence[Entry] = ()) -> None:
        self.turn = turn
        self.known = tuple(known)
        self.added: list[Entry] = []

    def add(self, entry: Entry) -> None:
        """Write an entry; it becomes durable when the stage's result does."""
        self.added.append(entry)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All entries, oldest first, what this stage added among them."""
        return (*self.known, *self.added)

    def of(self, kind: type[E]) -> list[E]:
        """Return the entries of one class, oldest first."""
        return [entry for entry in self.entries if isinstance(entry, kind)]

    @property
    def asked(self) -> Asked:
        """The question.

        Raises:
            NotFound: the record is gone; it was kept for a week.
        """
        for entry in self.known:
            if isinstance(entry, Asked):
                return entry
        raise NotFound(f"The record of turn {self.turn} is gone.")

    @property
    def routed(self) -> Routed | None:
        """The way the turn took, once `route` decided it."""
        return next(iter(self.of(Routed)), None)

    @property
    def said(self) -> Said | None:
        """The answer, once there is one."""
        return next(reversed(self.of(Said)), None)

    def thought(self, step: int) -> Thought | None:
        """Return the thought of a step."""
        return next((t for t in self.of(Thought) if t.step == step), None)

    def observed(self, step: int) -> list[Observed]:
        """Return what the calls of a step brought back, in the order of the calls."""
        return sorted((o for o in self.of(Observed) if o.step == step), key=lambda o: o.index)

    @property
    def usage(self) -> Usage:
        """What all steps together took."""
        return sum((thought.usage for thought in self.of(Thought)), Usage())


class History:
    """The session's earlier turns; read from Redis only when somebody asks.

    Args:
        load: reads them, oldest first.
    """

    def __init__(self, load: Callable[[], Awaitable[Sequence[TurnRecord]]]) -> None:
        self._load = load

    @classmethod
    def of(cls, turns: Sequence[TurnRecord] = ()) -> History:
        """Return a history that is known already."""

        async def load() -> Sequence[TurnRecord]:
            return turns

        return cls(load)

    async def turns(self) -> Sequence[TurnRecord]:
        """Return the earlier turns, oldest first."""
        return await self._load()


@dataclass(slots=True)
class _Kept:
    """A record that is remembered: its entries, about how many bytes they are, its last growth."""

    entries: list[Entry]
    size: int = 0
    grown_at: float = 0.0


class Records:
    """Reads records, each entry once.

    A message carries the length that the record had when it was sent. A cached record that is
    at least as long holds all that the message may rely on, because records only grow.

    Args:
        redis: the durable Redis.
        clock: tells seconds.
    """

    def __init__(self, redis: Redis, clock: Callable[[], float] = time.monotonic) -> None:
        self._lists = Lists(redis)
        self._clock = clock
        self._cache: OrderedDict[str, _Kept] = OrderedDict()
        self._size = 0

    async def load(self, turn: str, length: int) -> TurnRecord:
        """Return the record of `turn` with at least `length` entries, as far as they exist."""
        kept = self._cache.get(turn)
        if kept is None or len(kept.entries) < length:
            kept = self._keep(turn, await self._lists.read(keys.turn(turn)))
        return TurnRecord(turn, kept.entries)

    def history(self, session: str, besides: str) -> History:
        """Return the session's earlier turns, without the turn `besides`."""

        async def load() -> Sequence[TurnRecord]:
            turns = [text(row) for row in await self._lists.read(keys.session_turns(session))]
            return await asyncio.gather(*(self._ended(turn) for turn in turns if turn != besides))

        return History(load)

    def committed(self, record: TurnRecord, length: int, size: int) -> None:
        """Remember what became durable.

        Args:
            record: the record as the stage saw it, with what it added.
            length: the record's length in Redis now.
            size: of what it added, in bytes.
        """
        if len(record.known) + len(record.added) != length:
            return  # somebody else appended in between: the next load fetches it all
        kept = self._cache.get(record.turn)
        if kept is None:
            if record.known:
                return  # it was forgotten while the stage worked on it
            kept = self._cache[record.turn] = _Kept([])
        if len(kept.entries) == len(record.known):
            kept.entries.extend(record.added)
            self._grow(record.turn, kept, size + ENTRY_BYTES * len(record.added))

    async def _ended(self, turn: str) -> TurnRecord:
        """Return the record of a turn that is over; another process may have written its end."""
        record = await self.load(turn, 1)
        return record if record.said else await self.load(turn, len(record.known) + 1)

    def _keep(self, turn: str, rows: Sequence[bytes]) -> _Kept:
        kept = self._cache.get(turn)
        if kept is not None and len(kept.entries) >= len(rows):
            return kept  # somebody else wanted it too
        known = [entries.validate_json(row) for row in rows]
        self._forget(turn)
        kept = self._cache[turn] = _Kept(known)
        self._grow(turn, kept, sum(map(len, rows)) + ENTRY_BYTES * len(rows))
        return kept

    def _grow(self, turn: str, kept: _Kept, size: int) -> None:
        self._cache.move_to_end(turn)
        self._size += size
        kept.size += size
        kept.grown_at = now = self._clock()
        while True:
            oldest, first = next(iter(self._cache.items()))
            if first is kept or (self._size <= KEPT_BYTES and first.grown_at >= now - KEPT_SECONDS):
                return
            self._forget(oldest)

    def _forget(self, turn: str) -> None:
        kept = self._cache.pop(turn, None)
        if kept is not None:
            self._size -= kept.size
