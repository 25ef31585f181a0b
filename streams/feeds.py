"""All live feeds that somebody in this process watches, read by one XREAD.

A reader per watcher would saturate a core with a thousand watchers; this one costs the same
however many there are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import structlog
from redis.asyncio import Redis

from schemas.base import new_id
from streams import keys, live
from streams.store import AWAY, answering, in_time, pairs, text

log = structlog.get_logger("streams")

PAUSE_MS = 4_000
"""How long one read waits."""
AT_ONCE = 256
"""Events of one session in one read."""
AWAY_SECONDS = 0.2
"""Between two tries while the live Redis does not answer."""


class Position(NamedTuple):
    """A place in a stream: what Redis calls an entry's id, in its order.

    A tuple, because it is compared once for each event and each who watches.
    """

    ms: int
    seq: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read `<ms>-<seq>`; None if it is nothing of the kind."""
        ms, dash, seq = text.partition("-")
        if not (dash and ms.isdecimal() and seq.isdecimal() and text.isascii() and len(text) <= 41):
            return None
        found = cls(int(ms), int(seq))
        return found if max(found.ms, found.seq) < 1 << 64 else None

    def __str__(self) -> str:
        return f"{self.ms}-{self.seq}"


START = Position(0, 0)


@dataclass(frozen=True, slots=True)
class Row:
    """One event as it stands in a feed.

    Attributes:
        at: its place.
        data: the event's JSON.
    """

    at: Position
    data: bytes


Told = Callable[[str, Sequence[Row]], None]
"""Is told the new events of a session, oldest first."""


class Feeds:
    """Reads the feeds.

    Args:
        redis: the live Redis; one connection of it is kept waiting.

    Attributes:
        epoch: of the live Redis; '' while it was never reached.
        told: gets the events.
        renewed: is called when the live Redis was started anew, and all positions with it.
    """

    def __init__(self, redis: Redis) -> None:
        self.epoch = ""
        self.told: Told = _nobody
        self.renewed: Callable[[], None] = _nothing
        self._redis = redis
        self._last: dict[str, Position] = {}
        self._bell = keys.live(f" {new_id()}")  # no session has a space in its name
        self._heard = START
        self._away = False

    def follow(self, session: str, after: Position) -> bool:
        """Read a session's feed from a place on; return whether the read that waits must know.

        Who comes with an earlier place than the one that is read from now has it read again from
        there; the others know by its place what they have been told.
        """
        now = self._last.get(session)
        if now is not None and now <= after:
            return False
        self._last[session] = after
        return True

    def leave(self, session: str) -> None:
        """Read a session's feed no more."""
        self._last.pop(session, None)

    async def ring(self) -> None:
        """Let the read that waits now take notice of `follow`."""
        try:
            async with in_time(), self._redis.pipeline(transaction=False) as pipe:
                pipe.xadd(self._bell, {"e": ""}, maxlen=1, approximate=False)
                pipe.expire(self._bell, live.KEPT_SECONDS)
                await pipe.execute()
        except AWAY:
            pass  # then the read fails too, and begins again with all of them

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            try:
                await self._begin()
                while True:
                    await self._read()
            except AWAY as error:
                if not self._away:
                    log.warning("live.away", error=str(error) or type(error).__name__)
                self._away = True
                await asyncio.sleep(AWAY_SECONDS)

    async def _begin(self) -> None:
        async with in_time():
            await live.begin(self._redis)
            self._enter(await live.epoch(self._redis))
        self._away = False

    def _enter(self, epoch: str) -> bool:
        """Take notice of the epoch; return whether it is the one we knew."""
        if epoch == self.epoch:
            return True
        first, self.epoch = not self.epoch, epoch
        self._heard = START
        if not first:
            log.info("live.renewed", sessions=len(self._last))
            self._last = dict.fromkeys(self._last, START)
            self.renewed()
        return False

    async def _read(self) -> None:
        asked = dict(self._last)
        wanted: dict[Any, Any] = {keys.live(name): str(at) for name, at in asked.items()}
        wanted[self._bell] = str(self._heard)
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.xread(wanted, count=AT_ONCE, block=PAUSE_MS)
            pipe.get(keys.LIVE_EPOCH)
            async with asyncio.timeout(PAUSE_MS / 1000 + 8):
                found, epoch = await pipe.execute()
        if not epoch or not self._enter(text(epoch)):
            return  # what was read is of the epoch before, or nobody knows of which
        for stream, entries in pairs(found):
            name = text(stream).removeprefix(keys.LIVE)
            rows = [row for row in map(_row, entries) if row is not None]
            if not rows:
                continue
            if text(stream) == self._bell:
                self._heard = rows[-1].at
            elif name in asked and self._last.get(name) == asked[name]:
                # Else it is to be read from another place by now, and these rows come again.
                self._last[name] = rows[-1].at
                self.told(name, rows)

    async def since(self, session: str, cursor: str) -> list[Row] | None:
        """Return the event that a cursor names and all behind it.

        Returns:
            None when the cursor is of another epoch, trimmed, or from the future: its event is
            not there, so nobody knows what is missing.

        Raises:
            Away: the live Redis does not answer.
        """
        theirs, _, place = cursor.partition(".")
        after = Position.parse(place)
        if after is None:
            return None
        async with answering(), self._redis.pipeline(transaction=False) as pipe:
            pipe.get(keys.LIVE_EPOCH)
            pipe.xrange(keys.live(session), str(after), "+", count=live.KEPT_EVENTS * 2)
            epoch, found = await pipe.execute()
        if not epoch or text(epoch) != theirs:
            return None
        rows = [row for row in map(_row, found) if row is not None]
        return rows if rows and rows[0].at == after else None

    async def newest(self, session: str) -> Position:
        """Return the place of a session's newest event.

        Raises:
            Away: the live Redis does not answer.
        """
        async with answering():
            found: Any = await self._redis.xrevrange(keys.live(session), count=1)
        row = _row(found[0]) if found else None
        return row.at if row else START

    async def so_far(self, session: str) -> tuple[str, list[Row]]:
        """Return the cursor of a session's newest event, and the events up to there.

        Raises:
            Away: the live Redis does not answer.
        """
        async with answering(), self._redis.pipeline(transaction=False) as pipe:
            pipe.get(keys.LIVE_EPOCH)
            pipe.xrange(keys.live(session), count=live.KEPT_EVENTS * 2)
            epoch, found = await pipe.execute()
        rows = [row for row in map(_row, found) if row is not None]
        return f"{text(epoch or b'')}.{rows[-1].at if rows else START}", rows


def _nobody(_: str, __: Sequence[Row]) -> None:
    """Nobody listens yet."""


def _nothing() -> None:
    """Nobody wants to know yet."""


def _row(entry: Any) -> Row | None:
    at = Position.parse(text(entry[0]))
    return Row(at, entry[1][b"e"]) if at is not None and b"e" in entry[1] else None
