"""A conversation as the durable side has it: what was answered, what runs, what waits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError
from redis.asyncio import Redis

from schemas.record import Asked, Chosen, Entry, entries
from streams import keys
from streams.session import SessionState
from streams.store import answering, text


@dataclass(frozen=True, slots=True)
class Told:
    """One turn, as far as it has come.

    Attributes:
        turn: its id.
        record: its entries, oldest first; of one that waits the question alone.
        state: whether it waits, runs, or is over.
        behind: behind how many it waits.
    """

    turn: str
    record: tuple[Entry, ...]
    state: Literal["waiting", "running", "over"]
    behind: int | None = None

    @property
    def asked(self) -> Asked | None:
        """The question; None when the record is gone."""
        return next((entry for entry in self.record if isinstance(entry, Asked)), None)


class Conversations:
    """Reads conversations.

    Args:
        redis: the durable Redis.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def turns(self, session: str) -> list[Told]:
        """Return the session's last turns that Redis remembers, oldest first."""
        async with answering(), self._redis.pipeline(transaction=False) as pipe:
            # What runs is read first: it may be over, and remembered, a moment later.
            pipe.hget(keys.BUSY, session)
            pipe.lrange(keys.mailbox(session), 0, -1)
            pipe.lrange(keys.session_turns(session), 0, -1)
            busy, waiting, past = await pipe.execute()
        names = [text(one) for one in past]
        running = text(busy) if busy else None
        if running is not None and running not in names:
            names.append(running)
        found = await self._records(names)
        # It need not be the last: one that was sent on from the desk has its place already.
        told = [
            Told(turn, record, "running" if turn == running else "over")
            for turn, record in zip(names, found, strict=True)
        ]
        known = set(names)
        for number, packed in enumerate(waiting):
            turn, asked = _unpacked(packed)
            if turn not in known:
                told.append(Told(turn, _read([asked]), "waiting", number + 1))
        return [one for one in told if one.asked is not None]

    async def turn(self, turn: str) -> Told | None:
        """Return a turn that has begun; None when nothing is known of it."""
        async with answering(), self._redis.pipeline(transaction=False) as pipe:
            pipe.zscore(keys.TURNS, turn)
            pipe.lrange(keys.turn(turn), 0, -1)
            running, rows = await pipe.execute()
        record = _read(rows)
        state: Literal["running", "over"] = "running" if running is not None else "over"
        return Told(turn, record, state) if record else None

    async def over(self, turns: Collection[str]) -> set[str]:
        """Return which of these turns have begun and run no more."""
        wanted = list(turns)
        async with answering(), self._redis.pipeline(transaction=False) as pipe:
            for turn in wanted:
                pipe.zscore(keys.TURNS, turn)
                pipe.exists(keys.turn(turn))
            found = await pipe.execute()
        pairs = zip(wanted, found[::2], found[1::2], strict=True)
        return {turn for turn, running, known in pairs if running is None and known}

    async def states(self, sessions: Sequence[str]) -> dict[str, tuple[SessionState, int]]:
        """Return of each session what it does now, and how many turns of it Redis remembers."""
        if not sessions:
            return {}
        async with answering(), self._redis.pipeline(transaction=False) as pipe:
            pipe.hmget(keys.BUSY, list(sessions))
            for session in sessions:
                pipe.llen(keys.mailbox(session))
                pipe.scard(keys.session_asks(session))
                pipe.llen(keys.session_turns(session))
            busy, *sizes = await pipe.execute()
        return {
            session: (SessionState(text(turn) if turn else None, waiting, asking), past)
            for session, turn, waiting, asking, past in zip(
                sessions, busy, sizes[::3], sizes[1::3], sizes[2::3], strict=True
            )
        }

    async def tier(self, session: str) -> str | None:
        """Return the model tier that was chosen for a session; None where none was."""
        async with answering():
            found: Any = await self._redis.hget(keys.session(session), "chosen")
        settings = _read([found]) if found else ()
        return next((one.tier for one in settings if isinstance(one, Chosen)), None)

    async def busy(self) -> dict[str, str]:
        """Return every session in which a turn runs, and that turn."""
        async with answering():
            found: Any = await self._redis.hgetall(keys.BUSY)
        return {text(session): text(turn) for session, turn in found.items()}

    async def waiting(self, session: str) -> list[str]:
        """Return the turns that wait in a session, the next one first."""
        async with answering():
            found: Any = await self._redis.lrange(keys.mailbox(session), 0, -1)
        return [_unpacked(packed)[0] for packed in found]

    async def behind_which(self, turn: str) -> str | None:
        """Return the session in which a turn waits behind another; None where it waits in none."""
        states = await self.states(list(await self.busy()))
        for session, (state, _) in states.items():
            if state.waiting and turn in await self.waiting(session):
                return session
        return None

    async def _records(self, turns: Sequence[str]) -> list[tuple[Entry, ...]]:
        if not turns:
            return []
        async with answering(), self._redis.pipeline(transaction=False) as pipe:
            for turn in turns:
                pipe.lrange(keys.turn(turn), 0, -1)
            return [_read(rows) for rows in await pipe.execute()]


def _read(rows: Sequence[bytes]) -> tuple[Entry, ...]:
    try:
        return tuple(entries.validate_json(row) for row in rows)
    except ValidationError:
        return ()  # written by a newer version, or by a hand: shown as if it were gone


def _unpacked(packed: bytes) -> tuple[str, bytes]:
    """Return the turn and the question of what waits in a mailbox.

    The server functions pack it as MessagePack: a map of a few short names to strings.
    """
    found: dict[bytes, bytes] = {}
    at = 1
    for _ in range(packed[0] & 0x0F):
        name, at = _string(packed, at)
        found[name], at = _string(packed, at)
    return text(found[b"turn"]), found[b"asked"]


def _string(packed: bytes, at: int) -> tuple[bytes, int]:
    kind = packed[at]
    width = {0xD9: 1, 0xDA: 2, 0xDB: 4}.get(kind, 0)
    size = int.from_bytes(packed[at + 1 : at + 1 + width], "big") if width else kind & 0x1F
    begin = at + 1 + width
    return packed[begin : begin + size], begin + size
