"""Everybody who watches a conversation, and one reader for all of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Coroutine, Sequence
from typing import Any, Protocol

import structlog
from prometheus_client import Counter, Gauge

from schemas.errors import Transient
from schemas.web import Snapshot, Turn
from streams.feeds import START, Feeds, Position, Row
from web.frames import Frame, of_model, of_row
from web.outlet import Outlet
from web.settled import Settled
from web.watch import Channel, Watch

log = structlog.get_logger("web")

SILENCE = 1.0
"""Seconds without news of a running turn after which the durable side is asked."""
RETRY = 0.3
"""Seconds between two tries to take a snapshot while a Redis is away."""

WATCHERS = Gauge("nexus_web_watchers", "Who watches a conversation through this process.")
SNAPSHOTS = Counter("nexus_web_snapshots_total", "Snapshots taken.")


class Past(Protocol):
    """The durable side; see `web.past`."""

    async def snapshot(self, session: str) -> tuple[Snapshot, Settled]:
        """Return what a newcomer must know, and what of the events behind it is old.

        Raises:
            Transient: a Redis does not answer.
        """
        ...

    async def turn(self, session: str, turn: str) -> Turn | None:
        """Return one turn, cut for lists; None when it is not known."""
        ...

    async def over(self, turns: Collection[str]) -> set[str]:
        """Return which of these turns are over."""
        ...


class Hub:
    """Tells the frames of conversations to whoever watches them.

    Args:
        feeds: builds the shared reader.
        past: the durable side.
    """

    def __init__(self, feeds: Feeds, past: Past) -> None:
        self._feeds = feeds
        self._past = past
        self._channels: dict[str, Channel] = {}
        self._taking: dict[str, asyncio.Task[tuple[Frame, Settled]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        feeds.told, feeds.renewed = self._told, self._renewed

    async def run(self) -> None:
        """Read and look until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._feeds.run())
                group.create_task(self._looking())
        finally:
            for task in (*self._tasks, *self._taking.values()):
                task.cancel()

    async def watch(self, session: str, outlet: Outlet, cursor: str = "") -> Watch:
        """Begin to watch a conversation.

        Args:
            session: which.
            outlet: where its frames go.
            cursor: of the last event the client has; '' for none.

        Raises:
            Transient: a Redis does not answer.
        """
        watch = Watch(session, outlet)
        channel = self._channels.setdefault(session, Channel())
        channel.watches.add(watch)
        WATCHERS.inc()
        try:
            if not await self._resume(watch, cursor):
                await self._restart(watch)
        except BaseException:
            self.leave(watch)
            raise
        return watch

    async def listen(self, feed: str, outlet: Outlet) -> Watch:
        """Listen to a feed that is no conversation, from now on.

        Raises:
            Transient: the live Redis does not answer.
        """
        after = await self._feeds.newest(feed)
        watch = Watch(feed, outlet)
        watch.begin((), START, None)
        self._channels.setdefault(feed, Channel()).watches.add(watch)
        WATCHERS.inc()
        if self._feeds.follow(feed, after):
            await self._feeds.ring()
        return watch

    def leave(self, watch: Watch) -> None:
        """Watch no more."""
        channel = self._channels.get(watch.session)
        if channel is None or watch not in channel.watches:
            return
        channel.watches.discard(watch)
        WATCHERS.dec()
        if not channel.watches:
            del self._channels[watch.session]
            self._feeds.leave(watch.session)

    async def _resume(self, watch: Watch, cursor: str) -> bool:
        """Go on behind a cursor; return whether that is possible."""
        session = watch.session
        found = await self._feeds.since(session, cursor) if cursor else None
        if found is None:
            return False
        epoch = cursor.partition(".")[0]
        frames = [of_row(session, epoch, row) for row in found]
        channel, ends = self._channels[session], set[str]()
        for frame in frames:
            if frame.event is not None and channel.note(frame.event):
                ends.add(frame.event.turn)
        if not await self._join(session, frames[-1].at or START, epoch):
            return False
        watch.begin(frames[1:], frames[-1].at or START, None)
        for turn in ends:
            self.spawn(self._tell_turn(session, turn))
        return True

    async def _restart(self, watch: Watch) -> None:
        """Begin with a snapshot."""
        while True:
            frame, settled = await self._snapshot(watch.session)
            epoch, _, place = frame.cursor.partition(".")
            after = Position.parse(place) or START
            if await self._join(watch.session, after, epoch):
                watch.begin([frame], after, settled.copy())
                return
            await asyncio.sleep(RETRY / 10)  # the reader has not seen yet that it is anew

    async def _join(self, session: str, after: Position, epoch: str) -> bool:
        """Have a feed read from a place on; return whether the place is of this epoch."""
        if epoch != self._feeds.epoch:
            return False
        if self._feeds.follow(session, after):
            await self._feeds.ring()
        return epoch == self._feeds.epoch

    async def _snapshot(self, session: str) -> tuple[Frame, Settled]:
        """Return a snapshot; all who ask while one is taken share the next."""
        before = self._taking.get(session)
        if before is not None:
            # It may have taken its place in the feed before we began to listen.
            await asyncio.wait((before,))
        task = self._taking.get(session)
        if task is None or task is before:
            task = self._taking[session] = asyncio.create_task(self._take(session))
            task.add_done_callback(lambda done: self._taken(session, done))
        return await asyncio.shield(task)

    def _taken(self, session: str, task: asyncio.Task[tuple[Frame, Settled]]) -> None:
        if self._taking.get(session) is task:
            del self._taking[session]
        if not task.cancelled():
            task.exception()  # whoever waited for it was told

    async def _take(self, session: str) -> tuple[Frame, Settled]:
        snapshot, settled = await self._past.snapshot(session)
        SNAPSHOTS.inc()
        channel = self._channels.get(session)
        if channel is not None:
            for turn in snapshot.turns:
                if turn.state != "done":
                    channel.open.setdefault(turn.id, time.monotonic())
        return of_model(session, "snapshot", snapshot, snapshot.cursor), settled

    # The feed ------------------------------------------------------------------------------

    def _told(self, session: str, rows: Sequence[Row]) -> None:
        channel = self._channels.get(session)
        if channel is None:
            return
        for row in rows:
            frame = of_row(session, self._feeds.epoch, row)
            ends = frame.event is not None and channel.note(frame.event)
            for watch in channel.watches:
                watch.offer(frame)
            if ends and frame.event is not None:
                self.spawn(self._tell_turn(session, frame.event.turn))

    def _renewed(self) -> None:
        """The live Redis was started anew: everybody begins anew, with a snapshot."""
        for channel in self._channels.values():
            for watch in channel.watches:
                if watch.session.startswith(" "):
                    watch.after = START  # what it missed was news alone
                    continue
                begun, watch.joining = watch.joining is None, []
                if begun:  # who was still joining sees by itself that its place is gone
                    self.spawn(self._begin_anew(watch))

    async def _begin_anew(self, watch: Watch) -> None:
        while self._has(watch):
            try:
                await self._restart(watch)
            except Transient:
                await asyncio.sleep(RETRY)
            else:
                return

    def _has(self, watch: Watch) -> bool:
        channel = self._channels.get(watch.session)
        return channel is not None and watch in channel.watches

    async def _tell_turn(self, session: str, turn: str) -> None:
        """Tell a turn that is over as a whole: in place of whatever got lost of it."""
        try:
            found = await self._past.turn(session, turn)
        except Transient:
            # It is asked again once all is silent.
            self._channels.get(session, Channel()).open.setdefault(turn, time.monotonic())
            return
        channel = self._channels.get(session)
        if channel is None or found is None:
            return
        frame = of_model(session, "turn", found)
        for watch in channel.watches:
            watch.offer(frame)

    async def _looking(self) -> None:
        """Ask of turns that are silent whether they are over: their answer may have been lost."""
        while True:
            await asyncio.sleep(SILENCE / 2)
            before = time.monotonic() - SILENCE
            silent = {
                turn: session
                for session, channel in self._channels.items()
                for turn, at in channel.open.items()
                if at < before
            }
            if not silent:
                continue
            try:
                over = await self._past.over(silent)
            except Transient:
                continue
            for turn in over:
                session = silent[turn]
                if session in self._channels:
                    self._channels[session].open.pop(turn, None)
                    self.spawn(self._tell_turn(session, turn))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Have something done that nobody waits for."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
