"""A new epoch: after a restore nothing goes on by itself, and nothing is forgotten.

The world went on after the backup was made: what was under way then may be done, answered or
sent. So all that is under way is put aside at the dead-letter desk, as it is, and goes on only
when the owner redrives it. It runs offline, on data that no stage has seen yet; whoever is cut
off in the middle begins again with the backup, so no step needs to be atomic.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from pydantic import ValidationError
from redis.asyncio import Redis

from schemas.base import new_id, now_ms
from schemas.chat import Admitted, Call
from schemas.desk import Happened
from schemas.record import Asked, Decided, Routed, Thought, entries
from streams import keys
from streams.aside import Reader, put_aside, put_aside_message
from streams.store import text
from streams.voice import SILENT, Voice

PAGE = 500
TURN_LIFE, SESSION_LIFE = 7 * 86_400, 30 * 86_400
"""Seconds that a record and a quiet session are kept, as in streams/library/."""
HOUSE = "backup"
"""Who says that it happened."""

# What waits in a mailbox is packed by the server functions; only Redis unpacks it.
UNPACK = "local m = cmsgpack.unpack(ARGV[1]) return { m.turn, m.asked, m.data }"


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


async def begin(
    redis: Redis, readers: Sequence[Reader], made_at: int, voice: Voice = SILENT
) -> Epoch:
    """Begin a new epoch.

    Args:
        redis: the restored data, offline, as the keeper.
        readers: the stages; each is the consumer group of its topic.
        made_at: when the backup was made, in ms since 1970.
        voice: tells that it happened.
    """
    found = Epoch(number=int(await redis.incr(keys.EPOCH)))
    found.unknown = await _doubt_effects(redis)
    found.approvals = int(await redis.zcard(keys.APPROVALS))
    # What was taken back after the backup was made must not stand again.
    await redis.delete(keys.APPROVALS, keys.CODES, keys.CLOCK, keys.GRANTS)
    forget = (keys.APPROVAL, keys.CARD, keys.GRANT, keys.ASKED, f"{keys.SESSION}*{keys.ASKS}")
    for forgotten in forget:
        await _drop(redis, f"{forgotten}*")
    told: set[str] = set()
    for reader in readers:
        count = await put_aside(redis, reader, told)
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
        await _let_end(redis, turn)
    await redis.delete(keys.TURNS, keys.STOPPING, keys.CLOSED)
    for forgotten in (keys.LEASE, keys.TOKEN, keys.TROUBLE, keys.WAITING):
        await _drop(redis, f"{forgotten}*")
    await _hold_schedules(redis)
    await _tell(redis, found, made_at, voice)
    return found


async def _let_end(redis: Redis, turn: str) -> None:
    """Let what is known of a turn go some time from now; with a letter, as long as that lies."""
    kept = [keys.turn_children(turn), keys.turn_parent(turn)]
    if not await redis.hexists(keys.LETTERS, turn):
        kept += [keys.turn(turn), keys.ledger(turn)]
    for key in kept:
        await redis.expire(key, TURN_LIFE)


async def _doubt_effects(redis: Redis) -> int:
    """Call unknown what had started, for nobody here saw how it ended, and void what was asked."""
    count = 0
    async for key in redis.scan_iter(f"{keys.TURN}*{keys.CALLS}", count=PAGE):
        for called, kept in (await redis.hgetall(key)).items():
            known = orjson.loads(kept)
            if known.get("s") == "started":
                await redis.hset(key, called, orjson.dumps({**known, "s": "unknown"}))
                count += 1
            elif known.get("s") == "awaiting":
                await redis.hset(key, called, orjson.dumps({**known, "s": "void"}))
                record = text(key).removesuffix(keys.CALLS)
                if known.get("a") and await redis.exists(record):
                    # Else its turn would seem to wait for a person for ever.
                    void = Decided(approval=known["a"], call_id=text(called), state="void")
                    await redis.rpush(record, void.encoded())
    return count


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
            await redis.rpush(keys.turn(text(turn)), asked, *([chosen] if chosen else []))
            await put_aside_message(redis, "route", Admitted, data)
            await _let_end(redis, text(turn))
            found.waiting += 1
        await redis.delete(key)
    return running


async def _unpacked(redis: Redis, packed: bytes | str) -> tuple[bytes, bytes, bytes]:
    found: Any = await redis.eval(UNPACK, 0, packed)
    return found[0], found[1], found[2]


async def _ask_again(redis: Redis, turn: str, session: str) -> None:
    """Bring to the desk a turn that nothing in flight explains.

    One that waits, for a person or for a task, goes on with the calls that wait. Routed anew it
    would ask its model again, whose calls would bear the names of those that it has made.
    """
    rows: Any = await redis.lrange(keys.turn(turn), 0, -1)
    if not rows:
        return
    asked = _asked(rows[0])
    # One that was sent on from the desk may run beside another, of which its session knows.
    session = session or (asked and asked.session) or ""
    if not session:
        return
    words = {"trace": turn, "turn": turn, "session": session}
    words["person"], words["channel"] = (asked.person, asked.channel) if asked else (HOUSE, HOUSE)
    opened = {text(one) for one in await redis.smembers(keys.turn_open(turn))}
    waiting = [call for call in _calls(rows, words) if call.id in opened]
    for call in waiting:
        await put_aside_message(redis, "tool", Call, call.encoded())
    if not waiting:
        admitted = Admitted.model_validate({"id": f"{turn}:turn", **words})
        await put_aside_message(redis, "route", Admitted, admitted.encoded())


def _asked(first: bytes) -> Asked | None:
    """Return a turn's question; None where it cannot be read: the desk says so when it is sent."""
    try:
        return Asked.model_validate_json(first)
    except ValidationError:
        return None


def _calls(rows: Sequence[bytes], words: dict[str, str]) -> Iterator[Call]:
    """Yield every call that a turn's record names, as its message; none of one that is unreadable.

    Args:
        rows: the record.
        words: what all messages of the turn say.
    """
    try:
        record = [entries.validate_json(row) for row in rows]
    except ValidationError:
        return
    tier = next((one.tier for one in record if isinstance(one, Routed)), "default")
    for one in record:
        if isinstance(one, Routed | Thought):
            step = one.step if isinstance(one, Thought) else 0
            for index, wish in enumerate(one.calls):
                about = {"step": step, "index": index, "tool": wish.tool, "tier": tier}
                yield Call.model_validate({"id": wish.call_id, **about, **words})


async def _hold_schedules(redis: Redis) -> None:
    """Let what came due since the backup wait for a person's word: it may have run then."""
    now = now_ms()
    rows: Any = await redis.zrangebyscore(keys.SCHEDULES_DUE, "-inf", now, withscores=True)
    for name, due in rows:
        # The clock plans anew what is planned no more, from what was seen on.
        about: Any = {"asks": int(due), "seen": now}
        await redis.hset(keys.schedule(text(name)), mapping=about)
    await redis.zremrangebyscore(keys.SCHEDULES_DUE, "-inf", now)


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


async def _tell(redis: Redis, found: Epoch, made_at: int, voice: Voice) -> None:
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
    await redis.xadd(keys.topic("events"), voice.fields(happened))
