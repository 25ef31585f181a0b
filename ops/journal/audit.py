"""Is the journal whole and unchanged: every row is checked, and its end is compared with Redis.

What a green report means. Nobody without the key changed, removed, added or swapped a row, and
nobody put an older copy in its place: the key is a file beside the database, not in it, and the
end of the chain is sealed in Redis, in a stream that the journal's own role can only add to.
Redis lets its numbers grow and never go back, so neither the database file, nor that role's
password, nor both, are enough to hide what happened.

What it does not mean. Whoever has the key can write another history. Whoever may delete keys in
Redis can remove the seal: the writer notes that as a break when it next starts, but a removal
and a matching cut after the last start show as a missing seal only. And the owner of the machine,
or whoever became it, has all of these. The full-text index is not in the chain: somebody can
hide a finding there, but not forge one, for what is shown comes from the rows. What was never
written here, the chain cannot know.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any

import orjson
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ops.journal.chain import START, Row, mac
from ops.journal.tables import OWN, is_kind, journal
from streams.tail import Seal

MOST_FAULTS = 20
"""Faults that are named; the chain is followed no further."""
AT_ONCE = 1_000

_ROW = [journal.c[name] for name in Row._fields]


@dataclass(frozen=True)
class Report:
    """What was found.

    Attributes:
        rows: how many rows were checked.
        first: the number of the first one.
        last: the number of the last one.
        sealed: the number of the last row that Redis knows; None without a seal.
        faults: what is wrong, one sentence each.
        untold: what could not be checked, and what it needs; '' where all was.
    """

    rows: int
    first: int
    last: int
    sealed: int | None
    faults: tuple[str, ...] = field(default=())
    untold: str = ""

    @property
    def green(self) -> bool:
        """Whether all was checked, and is well."""
        return not self.faults and not self.untold


async def verify(engine: AsyncEngine, key: bytes, seal: Seal | None) -> Report:
    """Check the whole journal.

    Args:
        engine: its database.
        key: the chain's key.
        seal: the head as Redis knew it before this check began.
    """
    async with engine.connect() as connection:
        await _freeze(connection)
        return await _Check(key, seal).run(connection)


async def _freeze(connection: AsyncConnection) -> None:
    """Look at one moment while the writer goes on."""
    if connection.dialect.name == "sqlite":
        await connection.exec_driver_sql("BEGIN")
    else:
        await connection.execution_options(isolation_level="REPEATABLE READ")


class _Check:
    def __init__(self, key: bytes, seal: Seal | None) -> None:
        self._key = key
        self._seal = seal
        self._faults: list[str] = []
        self._at_seal = ""

    async def run(self, connection: AsyncConnection) -> Report:
        before, number = await self._beginning(connection)
        first, rows = number + 1, 0
        async with connection.stream(_all()) as found:
            async for each in found.yield_per(AT_ONCE):
                if len(self._faults) >= MOST_FAULTS:
                    break
                seq, written, *values = each
                row = Row(*values)
                rows += 1
                if seq != number + 1:
                    self._faults.append(f"Rows are missing between {number} and {seq}.")
                if not _same(mac(self._key, before, seq, row), written):
                    self._faults.append(f"Row {seq} is not what was written, or not in its place.")
                if row.topic == OWN and row.kind == "broken":
                    self._faults.append(_why_broken(seq, row))
                if self._seal and seq == self._seal.seq:
                    self._at_seal = written
                # The chain goes on from what stands here, so that one fault is told once.
                before, number = written, seq
        self._compare_with_seal(number, rows)
        sealed = self._seal.seq if self._seal else None
        return Report(rows, first, number, sealed, tuple(self._faults))

    async def _beginning(self, connection: AsyncConnection) -> tuple[str, int]:
        """Return what the first row is chained to, and the number before it."""
        wanted = (
            select(journal.c.data)
            .where(is_kind("checkpoint"))
            .order_by(journal.c.seq.desc())
            .limit(1)
        )
        data = await connection.scalar(wanted)
        if data is None:
            return START, 0
        try:
            found: Any = orjson.loads(data)
            return str(found["mac"]), int(found["through"])
        except (ValueError, KeyError, TypeError):
            self._faults.append("The last checkpoint cannot be read.")
            return START, 0

    def _compare_with_seal(self, last: int, rows: int) -> None:
        if self._seal is None:
            if rows:
                self._faults.append("Redis has no seal, so nobody knows where the journal ended.")
        elif self._seal.seq > last:
            self._faults.append(
                f"The end is missing: the journal ends with row {last}, and Redis has sealed row"
                f" {self._seal.seq}."
            )
        elif not _same(self._at_seal, self._seal.mac):
            self._faults.append(f"Row {self._seal.seq} is not the one that Redis has sealed.")


def _all() -> Select[Any]:
    return select(journal.c.seq, journal.c.mac, *_ROW).order_by(journal.c.seq)


def _same(one: str, other: str) -> bool:
    return bool(one) and compare_digest(one.encode(), other.encode())


def _why_broken(seq: int, row: Row) -> str:
    try:
        told = orjson.loads(row.data)
        why, found, sealed = str(told["why"]), int(told["found"]), int(told["sealed"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return f"Row {seq} notes a break that the writer found: {row.data}."
    return (
        f"Row {seq} notes a break that the writer found when it started: {why}"
        f" (its last row was {found}, the last one sealed in Redis {sealed})."
    )
