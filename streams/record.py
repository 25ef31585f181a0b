"""A turn's record: an append-only list in Redis, read through a cache that knows its length."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from schemas.errors import NotFound
from schemas.record import Asked, Entry, Observed, Routed, Said, Thought, Usage, entries
from streams import keys
from streams.store import AWAY, in_time, text

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


class Records:
    """Reads records, each entry once.

    A message carries the length that the record had when it was sent. A cached record that is
    at least as long holds all that the message may rely on, because records only grow.
    Reads that are wanted at the same time travel in one round trip.

    Args:
        redis: the durable Redis.
        clock: tells seconds.
    """

    def __init__(self, redis: Redis, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._clock = clock
        self._grown_at: dict[str, float] = {}
        self._cache: OrderedDict[str, list[Entry]] = OrderedDict()
        self._sizes: dict[str, int] = {}
        self._size = 0
        self._wanted: dict[str, asyncio.Future[None]] = {}

    async def load(self, turn: str, length: int) -> TurnRecord:
        """Return the record of `turn` with at least `length` entries, as far as they exist."""
        known = self._cache.get(turn)
        if known is None or len(known) < length:
            await self._fetch(turn)
            known = self._cache.get(turn, [])
        return TurnRecord(turn, known)

    def history(self, session: str, besides: str) -> History:
        """Return the session's earlier turns, without the turn `besides`."""

        async def load() -> Sequence[TurnRecord]:
            async with in_time():
                rows = await self._redis.lrange(keys.session_turns(session), 0, -1)
            turns = [text(row) for row in rows]
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
        known = self._cache.setdefault(record.turn, [])
        if len(known) == len(record.known):
            known.extend(record.added)
            self._grow(record.turn, size + ENTRY_BYTES * len(record.added))

    async def _ended(self, turn: str) -> TurnRecord:
        """Return the record of a turn that is over; another process may have written its end."""
        record = await self.load(turn, 1)
        return record if record.said else await self.load(turn, len(record.known) + 1)

    async def _fetch(self, turn: str) -> None:
        wanted = self._wanted.get(turn)
        if wanted is None:
            loop = asyncio.get_running_loop()
            if not self._wanted:
                loop.call_soon(lambda: loop.create_task(self._fetch_all()))
            wanted = self._wanted[turn] = loop.create_future()
        await asyncio.shield(wanted)

    async def _fetch_all(self) -> None:
        wanted, self._wanted = self._wanted, {}
        found: list[object]
        try:
            async with in_time(), self._redis.pipeline(transaction=False) as pipe:
                for turn in wanted:
                    pipe.lrange(keys.turn(turn), 0, -1)
                found = await pipe.execute(raise_on_error=False)
        except AWAY as error:
            found = [error] * len(wanted)
        for (turn, future), rows in zip(wanted.items(), found, strict=True):
            try:
                self._keep(turn, rows)
            except (RedisError, OSError, ValidationError) as error:
                # Whoever waits must not wait for ever, and nobody suffers for another's record.
                if not future.done():
                    future.set_exception(error)
            else:
                if not future.done():
                    future.set_result(None)

    def _keep(self, turn: str, rows: object) -> None:
        if isinstance(rows, Exception):
            raise rows
        assert isinstance(rows, list)
        known = [entries.validate_json(row) for row in rows]
        self._forget(turn)
        self._cache[turn] = known
        self._grow(turn, sum(map(len, rows)) + ENTRY_BYTES * len(rows))

    def _grow(self, turn: str, size: int) -> None:
        self._cache.move_to_end(turn)
        self._sizes[turn] = self._sizes.get(turn, 0) + size
        self._size += size
        self._grown_at[turn] = now = self._clock()
        oldest = next(iter(self._cache))
        while oldest != turn and (
            self._size > KEPT_BYTES or self._grown_at[oldest] < now - KEPT_SECONDS
        ):
            self._forget(oldest)
            oldest = next(iter(self._cache))

    def _forget(self, turn: str) -> None:
        self._cache.pop(turn, None)
        self._grown_at.pop(turn, None)
        self._size -= self._sizes.pop(turn, 0)
