"""What is still known of a turn: its record, the messages it was made of, and what came before it.

The same shape whoever remembers it: Redis for a while, the journal for as long as it is told to.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from schemas.record import Asked, entries
from streams import keys
from streams.line import Line
from streams.tail import Seen

TOPICS = ("route", "think", "tool", "respond", "outbox", "dead")
"""Where the messages of a turn are, which say whose they are."""
EARLIER = 5_000
"""Milliseconds by which a question may be older than its entry says it can be."""
PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Recalled:
    """A turn as somebody remembers it.

    Attributes:
        record: its entries as JSON, oldest first.
        sent: its messages, the question and the dead letters among them.
        earlier: the records of the session's earlier turns, oldest first, as far as a model
            was told of them.
    """

    record: tuple[str, ...]
    sent: tuple[Seen, ...]
    earlier: tuple[tuple[str, ...], ...] = ()


async def recall(line: Line, turn: str) -> Recalled | None:
    """Return what Redis remembers of a turn; None when its record is gone.

    Args:
        line: the durable Redis, in the role `desk`.
        turn: its id.

    Raises:
        Away: Redis does not answer.
    """
    record = await _record(line, turn)
    if not record:
        return None
    first = entries.validate_json(record[0])
    since = max(0, first.at - EARLIER)
    sent = [one async for one in _scan(line, "inbox", since, f'"id":{json.dumps(turn)}')]
    sent += await _offered(line, turn)
    for topic in TOPICS:
        sent += [one async for one in _scan(line, topic, since, f'"turn":{json.dumps(turn)}')]
    session = next((found for one in sent if (found := session_of(one))), None)
    before = await _before(line, session, turn) if session and isinstance(first, Asked) else []
    return Recalled(record, tuple(sent), tuple([await _record(line, one) for one in before]))


def session_of(seen: Seen) -> str | None:
    """Return the session that a message names."""
    try:
        found = json.loads(seen.fields.get(b"data", b""))
    except ValueError:
        return None
    named = found.get("session") if isinstance(found, dict) else None
    return named if isinstance(named, str) else None


async def _record(line: Line, turn: str) -> tuple[str, ...]:
    return tuple(await line.say("LRANGE", keys.turn(turn), 0, -1))


async def _before(line: Line, session: str, turn: str) -> list[str]:
    """Return the turns that the session remembered when this one began."""
    turns: list[str] = await line.say("LRANGE", keys.session_turns(session), 0, -1)
    if turn in turns:
        return turns[: turns.index(turn)]
    running = await line.say("ZSCORE", keys.TURNS, turn)
    return turns if running is not None else []


async def _offered(line: Line, turn: str) -> list[Seen]:
    """Return the question of a producer, whose turn is named after its entry."""
    entry = turn.removeprefix("producer-")
    if entry == turn or not entry.replace("-", "", 1).isdigit():
        return []
    rows = await line.say("XRANGE", keys.topic("inbox"), entry, entry)
    return [_seen("inbox", *row) for row in rows]


async def _scan(line: Line, topic: str, since: int, sign: str) -> AsyncIterator[Seen]:
    after = str(since)
    while rows := await line.say("XRANGE", keys.topic(topic), after, "+", "COUNT", PAGE):
        for entry, fields in rows:
            seen = _seen(topic, entry, fields)
            if sign.encode() in seen.fields.get(b"data", b""):
                yield seen
        after = f"({rows[-1][0]}"


def _seen(topic: str, entry: str, fields: list[Any]) -> Seen:
    pairs = zip(fields[::2], fields[1::2], strict=True)
    return Seen(topic, entry, {key.encode(): value.encode() for key, value in pairs})
