"""Several who watch one conversation: each has all of it, whoever of them comes first."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import suppress

from schemas.feed import Stepped, Token
from schemas.web import Snapshot, Turn
from streams.feeds import Feeds
from tests.stand import Stand, soon
from web.frames import Frame
from web.hub import Hub
from web.outlet import Outlet
from web.settled import Settled


class SlowPast:
    """A durable side that answers when it may, and knows of no turn."""

    def __init__(self, feeds: Feeds) -> None:
        self.asked, self.may = asyncio.Event(), asyncio.Event()
        self._feeds = feeds

    async def snapshot(self, session: str) -> tuple[Snapshot, Settled]:
        """Take the place in the feed at once, as the real one does, and all else later."""
        cursor, _ = await self._feeds.so_far(session)
        settled = Settled()
        settled.passes(Stepped(turn="t", step=0, model="m"))  # as it was seen up to the place
        self.asked.set()
        await self.may.wait()
        return Snapshot(session=session, title="", cursor=cursor, turns=()), settled

    async def turn(self, session: str, turn: str) -> Turn | None:
        return None

    async def over(self, turns: Collection[str]) -> set[str]:
        return set()


def texts(frames: list[Frame]) -> list[str]:
    return [frame.event.text for frame in frames if isinstance(frame.event, Token)]


async def heard(outlet: Outlet, count: int) -> list[str]:
    """The pieces of text that came, as soon as there are so many."""
    found: list[str] = []
    async with asyncio.timeout(10):
        while len(found) < count:
            found += texts(await outlet.take())
    return found


async def test_who_waits_for_a_snapshot_misses_nothing_because_another_was_faster(
    stand: Stand,
) -> None:
    feed, feeds = stand.feed(), Feeds(stand.live)
    past = SlowPast(feeds)
    hub = Hub(feeds, past)
    running = asyncio.create_task(hub.run())
    try:
        await soon(lambda: feeds.epoch)
        for n in range(3):
            feed.send("s", Token(turn="t", step=0, text=str(n)))
        await feed.flush()
        cursor, _ = await feeds.so_far("s")
        new, back = Outlet(), Outlet()
        joining = asyncio.create_task(hub.watch("s", new))
        await past.asked.wait()
        feed.send("s", Token(turn="t", step=0, text="3"))
        await feed.flush()
        await hub.watch("s", back, cursor)
        assert await heard(back, 1) == ["3"]
        past.may.set()
        await joining
        feed.send("s", Token(turn="t", step=0, text="4"))
        assert await heard(new, 2) == ["3", "4"]
        assert await heard(back, 1) == ["4"]
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
