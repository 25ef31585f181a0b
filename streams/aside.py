"""Puts aside what was under way: from where a stage would take it up to the dead-letter desk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Protocol

import orjson
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from schemas.base import Message
from schemas.desk import Attempt, DeadLetter, Report
from streams import keys
from streams.dead import NO_TURN, Origin, letter
from streams.store import text

CODE = "restored"
WHY = "It was under way when the backup was made; what became of it since then is not known here."
PAGE = 500


class Reader(Protocol):
    """A stage, as far as it matters here."""

    @property
    def name(self) -> str:
        """Its name, which is its consumer group's."""
        ...

    @property
    def topic(self) -> str:
        """What it reads."""
        ...


async def put_aside(redis: Redis, reader: Reader, told: set[str]) -> int:
    """Move to the desk what a stage had not finished or not even read.

    Args:
        redis: the restored data.
        reader: the stage.
        told: gets the turns that the desk now knows of.
    """
    stream = keys.topic(reader.topic)
    try:
        groups = {text(g["name"]): g for g in await redis.xinfo_groups(stream)}
        last = text((await redis.xinfo_stream(stream))["last-generated-id"])
    except ResponseError:
        return 0  # there is no such topic yet
    group = groups.get(reader.name)
    if group is None:
        await redis.xgroup_create(stream, reader.name, id="0")
    delivered = text(group["last-delivered-id"]) if group else "0-0"
    troubles: Any = await redis.hgetall(keys.trouble(reader.topic, reader.name))
    count = 0
    async for entry, fields in _unfinished(redis, stream, reader.name, delivered):
        written = _letter(reader, entry, fields, troubles.get(entry.encode()))
        if written.turn and reader.topic not in NO_TURN:
            told.add(written.turn)
        await _send(redis, written)
        await redis.xack(stream, reader.name, entry)
        count += 1
    await redis.xgroup_setid(stream, reader.name, last)
    for consumer in await redis.xinfo_consumers(stream, reader.name):
        await redis.xgroup_delconsumer(stream, reader.name, consumer["name"])
    return count


async def _unfinished(
    redis: Redis, stream: str, group: str, delivered: str
) -> AsyncIterator[tuple[str, dict[bytes, bytes]]]:
    """Return what was read and not acknowledged, then what was not read, oldest first."""
    after = "-"
    while True:
        rows: Any = await redis.xpending_range(stream, group, after, "+", PAGE)
        for row in rows:
            entry = text(row["message_id"])
            kept: Any = await redis.xrange(stream, entry, entry)
            # What is pending and gone was trimmed by somebody else's hand: nothing is left of it.
            if kept:
                yield entry, kept[0][1]
        if len(rows) < PAGE:
            break
        after = f"({text(rows[-1]['message_id'])}"
    after = f"({delivered}"
    while True:
        fresh: Any = await redis.xrange(stream, after, "+", count=PAGE)
        for entry, fields in fresh:
            yield text(entry), fields
        if len(fresh) < PAGE:
            return
        after = f"({text(fresh[-1][0])}"


def _letter(
    reader: Reader, entry: str, fields: dict[bytes, bytes], trouble: bytes | None
) -> DeadLetter:
    data = fields.get(b"data", b"")
    failures = (orjson.loads(trouble).get("f") if trouble else None) or []
    signature = fields.get(b"sig", b"").decode("ascii", "replace")
    origin = Origin(reader.name, reader.topic, entry, data, len(data), signature)
    return letter(origin, _why(), [Attempt.model_validate(one) for one in failures])


def _why() -> Report:
    return Report(code=CODE, error="Restored", text=WHY)


async def _send(redis: Redis, written: DeadLetter) -> None:
    length = int(await redis.llen(keys.turn(written.turn))) if written.turn else 0
    fields: Any = {"data": written.encoded(), "n": length}
    entry = text(await redis.xadd(keys.topic("dead"), fields))
    if written.turn:
        # As `file` does in streams/library/: the record lives as long as the letter.
        others = await redis.hget(keys.LETTERS, written.turn)
        known = f"{text(others)} {entry}" if others else entry
        await redis.hset(keys.LETTERS, written.turn, known)
        await redis.persist(keys.turn(written.turn))
        await redis.persist(keys.ledger(written.turn))


async def put_aside_message(redis: Redis, stage: str, message: type[Message], data: bytes) -> None:
    """Lay on the desk what stands on no topic; redriven, its turn goes on with it.

    Args:
        redis: the restored data.
        stage: who would take it up.
        message: what it is.
        data: the message.
    """
    await _send(redis, letter(Origin(stage, message.topic, "0-0", data, len(data)), _why()))
