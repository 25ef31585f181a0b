"""The sweeper: nothing may be silent. What no longer moves is found, told, and mended.

A turn is in the sorted set of running turns until it ends; every commit renews its time there.
One that was not renewed for twice its deadline is either slow, and then an entry of it is in
flight somewhere, or lost, and then none is. Both cannot happen as long as every step is one
server function; the sweeper is what remains true when that is wrong.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import structlog
from pydantic import ValidationError
from redis.asyncio import Redis

from schemas.base import new_id
from schemas.chat import Answer
from schemas.desk import Happened
from schemas.record import Asked, entries
from streams import keys, metrics
from streams.store import Argument, fcall, text
from streams.voice import SILENT, Voice

log = structlog.get_logger("streams")

SYSTEM = "system"
"""The person, session and channel of what the server says by itself."""
AT_ONCE = 200
"""How many turns, marks or mailboxes one round looks at."""
LOST = "I lost my way with this and cannot finish it. Please ask again."
"""What a person hears whose turn was lost: more than nothing, and no answer."""
PAGE = 500
"""How many entries of a topic are looked at in one call."""
TOPICS = ("route", "think", "tool", "respond")
"""Where an entry of a running turn can be."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that did not move.

    Attributes:
        kind: `turn.slow`, `turn.lost`, `session.stuck` or `mailbox.stuck`.
        session: whose, where it is known.
        turn: which turn.
        mended: what was done about it: nothing, `ENDED`, `FREED`, `WOKEN`, or `FINE` when it
            moved in the meantime.
    """

    kind: str
    session: str
    turn: str
    mended: str = ""


class Sweeper:
    """Looks for what stands still.

    Args:
        redis: the durable Redis.
        deadline: seconds a turn may take; twice that without progress is suspicious.
        voice: tells what was mended.
    """

    def __init__(self, redis: Redis, deadline: float, voice: Voice = SILENT) -> None:
        self._redis = redis
        self._voice = voice
        self._patience = int(2 * deadline * 1000)
        self._marks = 0
        self._boxes = 0
        self._told: set[str] = set()

    async def sweep(self) -> list[Finding]:
        """Look once; mend what nothing in flight explains."""
        found = [*await self._turns(), *await self._busy(), *await self._mailboxes()]
        for finding in found:
            metrics.STAGES.findings[finding.kind] += 1
            log.warning("sweeper.found", **{s: getattr(finding, s) for s in finding.__slots__})
        return found

    async def _turns(self) -> list[Finding]:
        # By the clock that wrote those times: ours may be another's, or jump.
        seconds, _ = await self._redis.time()
        late = int(seconds) * 1000 - self._patience
        rows: Any = await self._redis.zrangebyscore(keys.TURNS, "-inf", late, start=0, num=AT_ONCE)
        turns: list[str] = [text(row) for row in rows]
        if not turns:
            self._told.clear()
            return []
        # What waits for a person is as it should be, though nothing of it is in flight.
        asking = await self._asking()
        turns = [turn for turn in turns if turn not in asking and not await self._tasks(turn)]
        flying = await self._flying(set(turns))
        found = []
        for turn in turns:
            session = await self._session_of(turn)
            if turn not in flying:
                found.append(Finding("turn.lost", session, turn, await self._mend(session, turn)))
            elif turn not in self._told:
                self._told.add(turn)
                found.append(Finding("turn.slow", session, turn))
        return found

    async def _flying(self, turns: set[str]) -> set[str]:
        """Return those of `turns` that an unread or unacknowledged entry belongs to.

        What is done with stays on its topic until it is trimmed, and explains nothing.
        """
        found: set[str] = set()
        for topic in TOPICS:
            async for data in self._unfinished(keys.topic(topic)):
                found |= {turn for turn in turns - found if f'"turn":"{turn}"'.encode() in data}
                if found == turns:
                    return found
        return found

    async def _asking(self) -> set[str]:
        """Return the turns that wait for a person."""
        found = set()
        names: Any = await self._redis.zrange(keys.APPROVALS, 0, -1)
        for name in names:
            turn = await self._redis.hget(keys.approval(text(name)), "turn")
            found |= {text(turn)} if turn else set()
        return found

    async def _tasks(self, turn: str) -> bool:
        """Whether a turn waits for others that work for it; those are looked at themselves."""
        children: Any = await self._redis.smembers(keys.turn_children(turn))
        for child in children:
            if await self._redis.zscore(keys.TURNS, text(child)) is not None:
                return True
        return False

    async def _unfinished(self, stream: str) -> AsyncIterator[bytes]:
        """Return the entries of a topic that its stage has not finished, or not even read."""
        groups: Any = await self._redis.xinfo_groups(stream) if await self._there(stream) else []
        stage = next((one for one in groups if text(one["name"]) != keys.JOURNAL), None)
        after = "-"
        while stage is not None:
            rows: Any = await self._redis.xpending_range(stream, stage["name"], after, "+", PAGE)
            async with self._redis.pipeline(transaction=False) as pipe:
                for row in rows:
                    pipe.xrange(stream, row["message_id"], row["message_id"])
                for kept in await pipe.execute():
                    yield b"".join(fields.get(b"data", b"") for _, fields in kept)
            if len(rows) < PAGE:
                break
            after = f"({text(rows[-1]['message_id'])}"
        after = f"({text(stage['last-delivered-id'])}" if stage else "-"
        while True:
            fresh: Any = await self._redis.xrange(stream, after, "+", count=PAGE)
            for _, fields in fresh:
                yield fields.get(b"data", b"")
            if len(fresh) < PAGE:
                return
            after = f"({text(fresh[-1][0])}"

    async def _there(self, stream: str) -> bool:
        return bool(await self._redis.exists(stream))

    async def _session_of(self, turn: str) -> str:
        """Find whose turn it is: by the busy marks, which are few."""
        cursor = 0
        while True:
            found: Any = await self._redis.hscan(keys.BUSY, cursor, count=1_000)
            cursor, marks = found
            for session, owner in marks.items():
                if text(owner) == turn:
                    return text(session)
            if cursor == 0:
                return ""

    async def _mend(self, session: str, turn: str) -> str:
        asked = await self._asked(turn)
        channel, person = (asked.channel, asked.person) if asked else (SYSTEM, SYSTEM)
        answer = Answer(
            id=f"{turn}:answer",
            trace=turn,
            # Beside another turn of its session it has no mark there.
            session=session or (asked and asked.session) or SYSTEM,
            person=person,
            channel=channel,
            turn=turn,
            outcome="failed",
            notice=LOST,
        )
        event = self._voice.said(_happened("turn.lost", session, turn))
        return await self._call("mend", session, turn, answer.encoded(), *event)

    async def _asked(self, turn: str) -> Asked | None:
        first: Any = await self._redis.lindex(keys.turn(turn), 0)
        try:
            entry = entries.validate_json(first) if first else None
        except ValidationError:
            entry = None  # it cannot be read, and must not keep everything else from being swept
        return entry if isinstance(entry, Asked) else None

    async def _busy(self) -> list[Finding]:
        """Free sessions that wait for a turn that is over."""
        scanned: Any = await self._redis.hscan(keys.BUSY, self._marks, count=AT_ONCE)
        self._marks, marks = scanned
        found = []
        for session, turn in ((text(s), text(t)) for s, t in marks.items()):
            if await self._redis.zscore(keys.TURNS, turn) is None:
                event = self._voice.said(_happened("session.stuck", session, turn))
                done = await self._call("mend", session, turn, "", *event)
                if done != "FINE":
                    found.append(Finding("session.stuck", session, turn, done))
        return found

    async def _mailboxes(self) -> list[Finding]:
        """Start what waits although nothing runs before it."""
        pattern = f"{keys.SESSION}*{keys.MAILBOX}"
        self._boxes, boxes = await self._redis.scan(self._boxes, match=pattern, count=1_000)
        found = []
        for box in boxes:
            session = text(box).removeprefix(keys.SESSION).removesuffix(keys.MAILBOX)
            event = self._voice.said(_happened("mailbox.stuck", session, ""))
            done = await self._call("wake", session, *event)
            if done != "FINE":
                found.append(Finding("mailbox.stuck", session, "", done))
        return found

    async def _call(self, function: str, *arguments: Argument) -> str:
        return text(await fcall(self._redis, function, *arguments))


def _happened(kind: str, session: str, turn: str) -> Happened:
    name = new_id()
    return Happened(
        id=name,
        trace=turn or name,
        session=SYSTEM,
        person=SYSTEM,
        channel=SYSTEM,
        type=f"sweeper.{kind}",
        data={"session": session, "turn": turn},
    )
