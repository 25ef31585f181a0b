"""The journal's side of Redis: every entry of every topic, read by one writer at a time.

All writers are the same consumer, so what a dead one left pending is simply the rest of its
successor's own reading: nothing is claimed, and no consumer is left behind. Whoever stalls,
loses the lease and wakes up later is fenced by the database, not here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import OutOfMemoryError, RedisError, ResponseError

from streams import keys
from streams.allowances import STREAMS, TOPICS
from streams.line import Away
from streams.store import connect, fcall, text

WRITER = "writer"
"""The group's one consumer."""
LIFE = 3.0
"""Seconds a silent writer keeps the lease: with the successor's next look, less than 5 s."""
SILENT = 8.0
"""Seconds after which a call counts as lost."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One entry of a topic.

    Attributes:
        topic: where it stands.
        id: its id there.
        fields: the raw fields; empty if it was deleted before it was read.
    """

    topic: str
    id: str
    fields: Mapping[bytes, bytes]

    @property
    def length(self) -> int:
        """How long the turn's record was when the message was sent."""
        try:
            return int(self.fields.get(b"n", b"0"))
        except ValueError:
            return 0


@dataclass(frozen=True, slots=True)
class Seal:
    """The journal's head as Redis knows it.

    Attributes:
        seq: the number of the last sealed row, which is also how many rows there ever were.
        mac: that row's mac; empty if somebody removed it.
    """

    seq: int
    mac: str


@dataclass(frozen=True, slots=True)
class Late:
    """A record that grew after its turn's end, which no message tells.

    Attributes:
        row: as Redis has it: the turn, and how long its record was then.
        first: the record's first entry, which says whose turn it was; empty when it is gone.
    """

    row: str
    first: bytes

    @property
    def turn(self) -> str:
        """Whose it is."""
        return self.row.rpartition(" ")[0]

    @property
    def length(self) -> int:
        """How long it was; 0 where that cannot be read."""
        try:
            return int(self.row.rpartition(" ")[2])
        except ValueError:
            return 0


class Tail:
    """Reads all topics in the group `journal`.

    Args:
        url: the durable Redis, in the role `journal`.
        holder: this process's name on the lease.
        life: seconds the lease lasts without renewal.
    """

    def __init__(self, url: str, holder: str, *, life: float = LIFE) -> None:
        self.life = life
        self._redis: Redis = connect(url)
        self._holder = holder

    async def lead(self) -> bool:
        """Take or renew the lease; return whether it is ours."""
        with _asking():
            # The last argument skips the search for suspects: this is no topic and has none.
            answer = await fcall(
                self._redis, "lead",
                keys.JOURNAL, keys.JOURNAL, self._holder, int(self.life * 1000), "1",
            )  # fmt: skip
        return text(answer) == self._holder

    async def resign(self) -> None:
        """Give the lease back at once."""
        with _asking():
            await fcall(self._redis, "resign", keys.JOURNAL, self._holder)

    async def ensure(self) -> None:
        """Make the group where it is missing, from each topic's first entry on."""
        with _asking():
            await ensure_groups(self._redis)

    async def left(self, most: int) -> list[Seen]:
        """Return what was read before, by us or by a predecessor, and never acknowledged."""
        return await self._read("0", most, None)

    async def fresh(self, most: int, wait: float) -> list[Seen]:
        """Return what nobody read yet.

        Args:
            most: how many entries at most, over all topics.
            wait: seconds to wait for the first one; 0 for not at all.
        """
        return await self._read(">", most, int(wait * 1000) or None)

    async def records(self, wanted: Mapping[str, int]) -> dict[str, list[bytes]]:
        """Return the entries of turns' records, each from a position on.

        Args:
            wanted: turn → the first position.
        """
        with _asking():
            async with asyncio.timeout(SILENT), self._redis.pipeline(transaction=False) as pipe:
                for turn, known in wanted.items():
                    pipe.lrange(keys.turn(turn), known, -1)
                found = await pipe.execute(raise_on_error=False)
        # A name can lead to what is no record at all; that must not hold up everything else.
        return {
            turn: rows if isinstance(rows, list) else []
            for turn, rows in zip(wanted, found, strict=True)
        }

    async def late(self, most: int) -> list[Late]:
        """Return the records that grew after their turns' ends, as long as nobody took note."""
        with _asking():
            async with asyncio.timeout(SILENT):
                rows: Any = await self._redis.lrange(keys.LATE, 0, most - 1)
                late = [Late(text(row), b"") for row in rows]
                async with self._redis.pipeline(transaction=False) as pipe:
                    for one in late:
                        pipe.lindex(keys.turn(one.turn), 0)
                    found = await pipe.execute(raise_on_error=False) if late else []
        return [
            replace(one, first=first) if isinstance(first, bytes) else one
            for one, first in zip(late, found, strict=True)
        ]

    async def noted(self, late: Sequence[Late]) -> None:
        """Take note of records that are safely written."""
        with _asking():
            async with asyncio.timeout(SILENT), self._redis.pipeline(transaction=False) as pipe:
                for one in late:
                    pipe.lrem(keys.LATE, 1, one.row)
                await pipe.execute()

    async def done(self, entries: Sequence[Seen], seal: Seal) -> bool:
        """Seal the head, acknowledge what is safely written; return whether the seal holds.

        Without memory to spare Redis refuses the seal; then the next batch brings it, because
        only the acknowledgement lets memory come back.
        """
        by_topic: dict[str, list[str]] = {}
        for one in entries:
            by_topic.setdefault(one.topic, []).append(one.id)
        with _asking():
            async with asyncio.timeout(SILENT), self._redis.pipeline(transaction=False) as pipe:
                pipe.xadd(keys.AUDIT, {"mac": seal.mac}, id=f"{seal.seq}-0", maxlen=1)
                for topic, ids in by_topic.items():
                    pipe.xack(keys.topic(topic), keys.JOURNAL, *ids)
                answers = await pipe.execute(raise_on_error=False)
            full = isinstance(answers[0], OutOfMemoryError)
            again = "equal or smaller" in str(answers[0])
            for answer in answers[1:] if full or again else answers:
                if isinstance(answer, Exception):
                    raise answer
        return not full

    async def sealed(self) -> Seal | None:
        """Return the head as it was last sealed; None if there never was one."""
        with _asking():
            return await sealed(self._redis)

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def _read(self, start: str, most: int, block: int | None) -> list[Seen]:
        streams: Any = dict.fromkeys(STREAMS, start)
        each = max(1, most // len(STREAMS))
        with _asking():
            try:
                async with asyncio.timeout(SILENT + (block or 0) / 1000):
                    found: Any = await self._redis.xreadgroup(
                        keys.JOURNAL, WRITER, streams, count=each, block=block
                    )
            except ResponseError as error:
                if not str(error).startswith("NOGROUP"):
                    raise
                await ensure_groups(self._redis)
                return []
        return [
            Seen(text(stream).removeprefix(keys.PREFIX), text(entry), fields or {})
            for stream, rows in (found or [])
            for entry, fields in rows
        ]


async def ensure_groups(redis: Redis) -> None:
    """Make the group on every topic; each begins with the topic's first entry.

    A group that somebody destroyed is made anew in the same way: what is written already is
    recognised by its id.
    """
    for topic in TOPICS:
        try:
            await redis.xgroup_create(keys.topic(topic), keys.JOURNAL, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise


async def sealed(redis: Redis) -> Seal | None:
    """Return the journal's head as Redis knows it; the roles `journal` and `desk` may ask."""
    try:
        found: Any = await redis.xinfo_stream(keys.AUDIT)
    except ResponseError as error:
        if "no such key" in str(error):
            return None
        raise
    number = int(text(found["last-generated-id"]).partition("-")[0])
    last = found["last-entry"]
    # An entry that is not the last one generated is what somebody left when removing others.
    mac = last and text(last[0]) == f"{number}-0" and last[1].get(b"mac")
    return Seal(number, text(mac) if mac else "")


async def head(url: str) -> Seal | None:
    """Return the journal's head as Redis knows it.

    Args:
        url: the durable Redis, in the role `desk`.

    Raises:
        Away: it does not answer.
    """
    redis = connect(url)
    try:
        with _asking():
            async with asyncio.timeout(SILENT):
                return await sealed(redis)
    finally:
        await redis.aclose()


@contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        raise Away(f"Redis: {str(error) or type(error).__name__}") from error
