"""How far a Redis goes: which of what was written down elsewhere it has, or had."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from streams import keys
from streams.allowances import TOPICS
from streams.store import text
from streams.tail import sealed


class Place(NamedTuple):
    """Where something stands, and the number under which it was written down.

    Attributes:
        seq: that number.
        topic: of an entry; any other word for what stands on no topic.
        entry: its id there.
        turn: whose record it is of; None for an entry.
        position: where in the record.
    """

    seq: int
    topic: str
    entry: str
    turn: str | None
    position: int | None


class Extent:
    """Tells how far a Redis goes.

    Args:
        redis: the durable one; nothing is added to it meanwhile.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._ends: dict[str, tuple[int, int]] = {}

    async def sealed(self) -> int:
        """Return the number of the journal's last row that it knows; 0 if it knows none."""
        seal = await sealed(self._redis)
        return seal.seq if seal else 0

    async def first_unknown(self, places: Iterable[Place]) -> int | None:
        """Return the number of the first that it never had; None where it has had them all.

        What it has forgotten since is no sign: of a record that is gone nothing can be said.
        """
        for one in places:
            if one.turn is not None and one.position is not None:
                if 0 < await self._redis.llen(keys.turn(one.turn)) <= one.position:
                    return one.seq
            elif one.topic in TOPICS and _order(one.entry) > await self._end(one.topic):
                return one.seq
        return None

    async def _end(self, topic: str) -> tuple[int, int]:
        if topic not in self._ends:
            try:
                found: Any = await self._redis.xinfo_stream(keys.topic(topic))
                self._ends[topic] = _order(text(found["last-generated-id"]))
            except ResponseError:
                self._ends[topic] = (0, 0)  # there was no such topic yet
        return self._ends[topic]


def _order(entry: str) -> tuple[int, int]:
    moment, _, number = entry.partition("-")
    return int(moment), int(number)
