"""A new epoch: after a restore nothing goes on by itself, and nothing is forgotten.

The world went on after the backup was made: what was under way then may be done, answered or
sent. So all that is under way is put aside at the dead-letter desk, as it is, and goes on only
when the owner redrives it. It runs offline, on data that no stage has seen yet; whoever is cut
off in the middle begins again with the backup, so no step needs to be atomic.
"""

from __future__ import annotations

import base64
import itertools
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from schemas.base import new_id, now_ms
from schemas.chat import Admitted
from schemas.desk import Attempt, DeadLetter, Happened
from schemas.record import Asked
from streams import keys
from streams.dead import KEPT_BYTES
from streams.store import text

CODE = "restored"
WHY = "It was under way when the backup was made; what became of it since then is not known here."
PAGE = 500
TURN_LIFE, SESSION_LIFE = 7 * 86_400, 30 * 86_400
"""Seconds that a record and a quiet session are kept, as in functions.lua."""
HOUSE = "backup"
"""Who says that it happened."""

# What waits in a mailbox is packed by the server functions; only Redis unpacks it.
UNPACK = "local m = cmsgpack.unpack(ARGV[1]) return { m.turn, m.asked, m.data }"


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


@dataclass
class Epoch:
    """What a new epoch began with.

    Attributes:
        number: which one it is; the first restore begins 1.
        put_aside: entries that wait at the desk now, by topic.
        turns: running turns that were ended.
        waiting: messages that waited behind a running turn, at the desk now.
        unknown: effects that had started.
        approvals: questions to a person that are void.
    """

    number: int = 0
    put_aside: dict[str, int] = field(default_factory=dict)
    turns: int = 0
    waiting: int = 0
    unknown: int = 0
    approvals: int = 0


async def begin(redis: Redis, readers: Sequence[Reader], made_at: int) -> Epoch:
    """Begin a new epoch.

    Args:
        redis: the restored data, offline, as the keeper.
        readers: the stages; each is the consumer group of its topic.
        made_at: when the backup was made, in ms since 1970.
    """
    found = Epoch(number=int(await redis.incr(keys.EPOCH)))
    found.unknown = await _doubt_effects(redis)
    found.approvals = await _drop(redis, f"{keys.APPROVAL}*")
    told: set[str] = set()
    for reader in readers:
        count = await _put_aside(redis, reader, told)
        if count:
            found.put_aside[reader.topic] = count
    sessions = await _free_sessions(redis, found)
    rows: Any = await redis.zrange(keys.TURNS, 0, -1)
    for row in rows:
        turn = text(row)
        found.turns += 1
        if turn not in told:
            await _ask_again(redis, turn, sessions.get(turn, ""))
        await redis.delete(keys.turn_open(turn))
        await redis.expire(keys.turn(turn), TURN_LIFE)
    await redis.delete(keys.TURNS, keys.STOPPING, keys.CLOSED)
    for forgotten in (keys.LEASE, keys.TOKEN, keys.TROUBLE):
        await _drop(redis, f"{forgotten}*")
    await _tell(redis, found, made_at)
    return found


async def _doubt_effects(redis: Redis) -> int:
    """Call unknown what had started: nobody here saw how it ended."""
    count = 0
    async for key in redis.scan_iter(f"{keys.TURN}*{keys.CALLS}", count=PAGE):
        for called, kept in (await redis.hgetall(key)).items():
            known = orjson.loads(kept)
            if known.get("s") == "started":
                await redis.hset(key, called, orjson.dumps({**known, "s": "unknown"}))
                count += 1
    return count


async def _put_aside(redis: Redis, reader: Reader, told: set[str]) -> int:
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
    troubles: Any = await redis.hgetall(keys.TROUBLE + reader.topic)
    count = 0
    async for entry, fields in _unfinished(redis, stream, reader.name, delivered):
        letter = _letter(reader, entry, fields, troubles.get(entry.encode()))
        if letter.turn:
            told.add(letter.turn)
        await _send(redis, letter)
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
    # A reply or a request brings back no turn: redriven with one, it would seem to run again.
    belongs = reader.topic not in {"inbox", "control", "outbox"}
    return DeadLetter(
        id=new_id(),
        stage=reader.name,
        source=reader.topic,
        entry=entry,
        code=CODE,
        error="Restored",
        text=WHY,
        attempts=tuple(Attempt.model_validate(one) for one in failures),
        original=base64.b64encode(data[:KEPT_BYTES]).decode(),
        size=len(data),
        signature=fields.get(b"sig", b"").decode("ascii", "replace")[:256],
        turn=_word(data, "turn") if belongs else None,
        session=_word(data, "session"),
    )


def _word(data: bytes, name: str) -> str | None:
    """Return an identifier that a message bears, whatever else it is."""
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    word = found.get(name) if isinstance(found, dict) else None
    # As schemas.base.Identifier has it.
    return word if isinstance(word, str) and re.fullmatch(r"[!-~]{1,128}", word) else None


async def _send(redis: Redis, letter: DeadLetter) -> None:
    length = int(await redis.llen(keys.turn(letter.turn))) if letter.turn else 0
    fields: Any = {"data": letter.model_dump_json(), "n": length}
    await redis.xadd(keys.topic("dead"), fields)


async def _free_sessions(redis: Redis, found: Epoch) -> dict[str, str]:
    """Let no session wait for a turn that is over; return the sessions by running turn."""
    busy: Any = await redis.hgetall(keys.BUSY)
    running = {text(turn): text(session) for session, turn in busy.items()}
    for session in running.values():
        await redis.expire(keys.session(session), SESSION_LIFE)
    await redis.delete(keys.BUSY)
    async for key in redis.scan_iter(f"{keys.SESSION}*{keys.MAILBOX}", count=PAGE):
        session = text(key).removeprefix(keys.SESSION).removesuffix(keys.MAILBOX)
        chosen: Any = await redis.hget(keys.session(session), "chosen")
        waiting: Any = await redis.lrange(key, 0, -1)
        for packed in waiting:
            turn, asked, data = await _unpacked(redis, packed)
            record = keys.turn(text(turn))
            await redis.rpush(record, asked, *([chosen] if chosen else []))
            await redis.expire(record, TURN_LIFE)
            await _aside_as_admitted(redis, text(turn), session, data)
            found.waiting += 1
        await redis.delete(key)
    return running


async def _unpacked(redis: Redis, packed: bytes | str) -> tuple[bytes, bytes, bytes]:
    found: Any = await redis.eval(UNPACK, 0, packed)
    return found[0], found[1], found[2]


async def _ask_again(redis: Redis, turn: str, session: str) -> None:
    """Bring to the desk a turn that nothing in flight explains: redriven, it is routed anew."""
    rows = await redis.lrange(keys.turn(turn), 0, 0)
    if not rows or not session:
        return
    asked = Asked.model_validate_json(rows[0])
    admitted = Admitted(
        id=f"{turn}:turn",
        trace=turn,
        turn=turn,
        session=session,
        person=asked.person,
        channel=asked.channel,
    )
    await _aside_as_admitted(redis, turn, session, admitted.model_dump_json().encode())


async def _aside_as_admitted(redis: Redis, turn: str, session: str, data: bytes) -> None:
    letter = DeadLetter(
        id=new_id(),
        stage="route",
        source=Admitted.topic,
        entry="0-0",
        code=CODE,
        error="Restored",
        text=WHY,
        original=base64.b64encode(data).decode(),
        size=len(data),
        turn=turn,
        session=session,
    )
    await _send(redis, letter)


async def _drop(redis: Redis, pattern: str) -> int:
    """Remove the keys of a pattern, return how many."""
    found = [key async for key in redis.scan_iter(pattern, count=PAGE)]
    for some in _pages(found):
        await redis.unlink(*some)
    return len(found)


def _pages(found: Iterable[Any]) -> Iterable[list[Any]]:
    rest = iter(found)
    while page := list(itertools.islice(rest, PAGE)):
        yield page


async def _tell(redis: Redis, found: Epoch, made_at: int) -> None:
    """Write down that it happened, for whoever follows the events."""
    name = new_id()
    happened = Happened(
        id=name,
        trace=name,
        at=now_ms(),
        session=HOUSE,
        person=HOUSE,
        channel=HOUSE,
        type="backup.restored",
        data={
            "epoch": found.number,
            "made_at": made_at,
            "turns": found.turns,
            "unknown": found.unknown,
            "put_aside": sum(found.put_aside.values()) + found.waiting,
        },
    )
    fields: Any = {"data": happened.model_dump_json(), "n": 0}
    await redis.xadd(keys.topic("events"), fields)
