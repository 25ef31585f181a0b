"""The book: appends rows to the chain, and forgets the oldest in a way that can be checked."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import column, delete, func, insert, inspect, select, table
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ops.journal import rows
from ops.journal.chain import START, Row, mac
from ops.journal.tables import RECORD, WORDS, journal
from schemas.base import now_ms
from schemas.errors import Transient
from streams.tail import Seal

KEPT_LENGTHS = 2_000
"""Turns whose length in the book is remembered."""
FORGET_AT_ONCE = 20_000
DAY_MS = 86_400_000

_words = table(WORDS, column("rowid"), column("words"))


class Overtaken(Transient):
    """Somebody else wrote in the meantime: what we know of the book is old."""

    code = "overtaken"


@dataclass(frozen=True, slots=True)
class Head:
    """The last row: its number and its mac."""

    seq: int
    mac: str


class Book:
    """Writes the journal.

    The next number is the fence: of two writers, the one that wakes up too late finds its
    number taken and writes nothing.

    Args:
        engine: the database, at this code's version.
        key: the chain's key.
    """

    def __init__(self, engine: AsyncEngine, key: bytes) -> None:
        self._engine = engine
        self._key = key
        self._head = Head(0, START)
        self._lengths: OrderedDict[str, int] = OrderedDict()
        self._searchable = False

    async def open(self) -> Head:
        """Find the end, from which to go on."""
        self._lengths.clear()
        async with self._engine.connect() as connection:
            self._searchable = await connection.run_sync(
                lambda sync: inspect(sync).has_table(WORDS)
            )
            last = select(journal.c.seq, journal.c.mac).order_by(journal.c.seq.desc()).limit(1)
            found = (await connection.execute(last)).first()
        self._head = Head(found.seq, found.mac) if found else Head(0, START)
        return self._head

    async def reconcile(self, seal: Seal | None) -> Head:
        """Compare the end with what Redis remembers of it, and write down where they part.

        A book that was cut back or exchanged would otherwise grow past its old end, and nobody
        could tell any more.

        Args:
            seal: the head as Redis knows it.
        """
        seq, end = self._head.seq, self._head.mac
        if seq == 0 and seal is None:
            return await self.append([rows.own("begun", "begun")])
        if seal is None:
            if seq == 1:
                return self._head  # begun, and stopped before anything was sealed
            broken = "Redis has no seal"
        elif seal.seq > seq:
            broken = "the end is missing"
        elif not seal.mac or await self._mac(seal.seq) != seal.mac:
            broken = "another chain"
        else:
            return self._head
        number = max(seq, seal.seq if seal else 0)
        self._head = Head(number, end)
        what = {"why": broken, "found": seq, "sealed": seal.seq if seal else 0}
        return await self.append([rows.own("broken", f"broken/{number}", **what)])

    async def lengths(self, turns: Iterable[str]) -> dict[str, int]:
        """Return how much of each turn's record is written already."""
        wanted = list(turns)
        unknown = [turn for turn in wanted if turn not in self._lengths]
        if unknown:
            found = (
                select(journal.c.turn, func.max(journal.c.position) + 1)
                .where(journal.c.turn.in_(unknown))
                .group_by(journal.c.turn)
            )
            async with self._engine.connect() as connection:
                known = {each[0]: each[1] for each in await connection.execute(found)}
            for turn in unknown:
                self._lengths[turn] = known.get(turn) or 0
        lengths = {turn: self._lengths[turn] for turn in wanted}
        while len(self._lengths) > KEPT_LENGTHS:
            self._lengths.popitem(last=False)
        return lengths

    async def append(self, new: Sequence[Row]) -> Head:
        """Write rows that are not written yet, all or none; they are on disk on return.

        Raises:
            Overtaken: somebody else wrote in the meantime.
        """
        async with self._engine.begin() as connection:
            await self._expect_to_lead(connection)
            known = await _known(connection, new)
            head = self._head
            values, found = [], []
            for row in new:
                if (row.topic, row.entry) in known:
                    continue
                known.add((row.topic, row.entry))
                head = Head(head.seq + 1, mac(self._key, head.mac, head.seq + 1, row))
                values.append({"seq": head.seq, **row._asdict(), "mac": head.mac})
                if self._searchable and (said := rows.words(row)):
                    found.append({"rowid": head.seq, "words": said})
            try:
                if values:
                    await connection.execute(insert(journal), values)
                if found:
                    await connection.execute(insert(_words), found)
            except IntegrityError as error:
                raise Overtaken("The journal has another writer.") from error
        self._head = head
        for row in new:
            if row.topic == RECORD and row.turn is not None and row.position is not None:
                self._lengths[row.turn] = max(row.position + 1, self._lengths.get(row.turn, 0))
        return head

    async def forget(self, days: int, most: int, sealed: int) -> int:
        """Remove what is too old or too much, the oldest first; return how many rows.

        A checkpoint in the chain says with which mac the rest begins.

        Args:
            days: what is older goes.
            most: how many rows may stay.
            sealed: the last number Redis knows; that row stays.
        """
        async with self._engine.begin() as connection:
            await self._expect_to_lead(connection)
            first = await connection.scalar(select(func.min(journal.c.seq)))
            young = journal.c.at >= now_ms() - days * DAY_MS
            # The first that is young enough: what follows it stays, however old it claims to be.
            stays = await connection.scalar(
                select(journal.c.seq).where(young).order_by(journal.c.seq).limit(1)
            )
            through = max((stays or self._head.seq) - 1, self._head.seq - most)
            through = min(through, sealed - 1, (first or 0) + FORGET_AT_ONCE - 1)
            if first is None or through < first:
                return 0
            end = await self._mac(through, connection)
            row = rows.own("checkpoint", f"checkpoint/{through}", through=through, mac=end)
            seq = self._head.seq + 1
            head = Head(seq, mac(self._key, self._head.mac, seq, row))
            try:
                await connection.execute(
                    insert(journal), {"seq": seq, **row._asdict(), "mac": head.mac}
                )
            except IntegrityError as error:
                raise Overtaken("The journal has another writer.") from error
            gone = await connection.execute(delete(journal).where(journal.c.seq <= through))
            if self._searchable:
                await connection.execute(delete(_words).where(_words.c.rowid <= through))
        self._head = head
        return gone.rowcount

    @property
    def head(self) -> Head:
        """The last row that we know of."""
        return self._head

    async def _expect_to_lead(self, connection: AsyncConnection) -> None:
        end = await connection.scalar(select(func.max(journal.c.seq)))
        if (end or 0) > self._head.seq:
            raise Overtaken("The journal has another writer.")

    async def _mac(self, seq: int, connection: AsyncConnection | None = None) -> str | None:
        wanted = select(journal.c.mac).where(journal.c.seq == seq)
        if connection is not None:
            return await connection.scalar(wanted)
        async with self._engine.connect() as one:
            return await one.scalar(wanted)


async def _known(connection: AsyncConnection, new: Sequence[Row]) -> set[tuple[str, str]]:
    """Return which of these rows are written already, by topic and entry."""
    by_topic: dict[str, list[str]] = {}
    for row in new:
        by_topic.setdefault(row.topic, []).append(row.entry)
    known = set()
    for topic, entries in by_topic.items():
        for start in range(0, len(entries), 500):
            some = entries[start : start + 500]
            wanted = select(journal.c.entry).where(
                journal.c.topic == topic, journal.c.entry.in_(some)
            )
            known |= {(topic, entry) for entry in await connection.scalars(wanted)}
    return known
