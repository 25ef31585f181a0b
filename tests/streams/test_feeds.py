"""One reader for all feeds: nothing between two reads, and no cursor that leads nowhere."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from schemas.feed import Token, live_events
from streams import keys, live
from streams.feeds import START, Feeds, Position, Row
from streams.live import LiveFeed
from streams.store import connect
from tests.redis_server import private_redis
from tests.stand import Stand, soon


def token(number: int) -> Token:
    return Token(turn="t", step=0, text=str(number))


def texts(rows: Sequence[Row]) -> list[str]:
    events = (live_events.validate_json(row.data) for row in rows)
    return [event.text for event in events if isinstance(event, Token)]


class Reading:
    """A reader at work, and what it told."""

    def __init__(self, url: str) -> None:
        self.heard: defaultdict[str, list[str]] = defaultdict(list)
        self.renewals = 0
        self.feeds = Feeds(connect(url))
        self.feeds.told = lambda name, rows: self.heard[name].extend(texts(rows))
        self.feeds.renewed = self._renewed

    def _renewed(self) -> None:
        self.renewals += 1

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Reading]:
        task = asyncio.create_task(self.feeds.run())
        try:
            await soon(lambda: self.feeds.epoch)
            yield self
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def test_many_sessions_are_read_at_once_and_only_they(stand: Stand) -> None:
    feed = stand.feed()
    async with Reading(stand.servers.live_url()).running() as reading:
        for n in range(20):
            assert reading.feeds.follow(f"s{n}", START)
        assert not reading.feeds.follow("s0", START)
        await reading.feeds.ring()
        for n in range(2_000):
            feed.send(f"s{n % 40}", token(n))
        await soon(lambda: sum(map(len, reading.heard.values())) == 1_000)
    assert reading.heard["s3"] == [str(n) for n in range(3, 2_000, 40)]
    assert "s20" not in reading.heard


async def test_who_comes_later_is_heard_without_waiting_for_the_read_under_way(
    stand: Stand,
) -> None:
    feed = stand.feed()
    async with Reading(stand.servers.live_url()).running() as reading:
        reading.feeds.follow("quiet", START)
        await reading.feeds.ring()
        reading.feeds.follow("s", START)
        await reading.feeds.ring()
        feed.send("s", token(1))
        await soon(lambda: reading.heard["s"], 3)
        reading.feeds.leave("s")
        await reading.feeds.ring()
        feed.send("s", token(2))
        feed.send("quiet", token(3))
        await soon(lambda: reading.heard["quiet"], 3)
    assert reading.heard["s"] == ["1"]


async def test_who_comes_with_an_earlier_place_has_it_read_again_from_there(stand: Stand) -> None:
    feed = stand.feed()
    for n in range(5):
        feed.send("s", token(n))
    await feed.flush()
    _, rows = await Feeds(stand.live).so_far("s")
    async with Reading(stand.servers.live_url()).running() as reading:
        assert reading.feeds.follow("s", rows[4].at)
        await reading.feeds.ring()
        feed.send("s", token(5))
        await soon(lambda: reading.heard["s"] == ["5"])
        # A read waits behind the 5 now. What it brings is not told before what lies between.
        assert reading.feeds.follow("s", rows[1].at)
        feed.send("s", token(6))
        await soon(lambda: reading.heard["s"][1:] == ["2", "3", "4", "5", "6"])


async def test_a_cursor_gives_its_own_event_and_all_behind_it(stand: Stand) -> None:
    feed, feeds = stand.feed(), Feeds(stand.live)
    for n in range(10):
        feed.send("s", token(n))
    await feed.flush()
    cursor, rows = await feeds.so_far("s")
    assert texts(rows) == [str(n) for n in range(10)]
    epoch = cursor.partition(".")[0]
    behind = await feeds.since("s", f"{epoch}.{rows[3].at}")
    assert behind is not None
    assert texts(behind) == ["3", "4", "5", "6", "7", "8", "9"]
    last = await feeds.since("s", cursor)
    assert last is not None
    assert texts(last) == ["9"]


@pytest.mark.parametrize(
    "place",
    ["01OLD.{old}", "{epoch}.0-0", "{epoch}.99999999999999-0", "{epoch}.1-1", "{epoch}.x", "{old}"],
)
async def test_a_cursor_that_leads_nowhere_is_known(stand: Stand, place: str) -> None:
    feed, feeds = stand.feed(), Feeds(stand.live)
    feed.send("s", token(1))
    await feed.flush()
    cursor, rows = await feeds.so_far("s")
    epoch = cursor.partition(".")[0]
    assert await feeds.since("s", place.format(epoch=epoch, old=rows[0].at)) is None


async def test_a_cursor_whose_event_was_trimmed_is_known(stand: Stand) -> None:
    feed, feeds = stand.feed(), Feeds(stand.live)
    for n in range(3):
        feed.send("s", token(n))
    await feed.flush()
    cursor, rows = await feeds.so_far("s")
    epoch = cursor.partition(".")[0]
    await stand.live.xtrim(keys.live("s"), maxlen=1, approximate=False)
    assert await feeds.since("s", f"{epoch}.{rows[0].at}") is None
    assert await feeds.since("s", cursor) is not None


async def test_a_server_that_was_started_anew_is_noticed_and_read_from_its_beginning() -> None:
    with private_redis(tester=True) as servers:
        assert servers.live is not None
        async with Reading(servers.live_url()).running() as reading:
            feed = LiveFeed(connect(servers.live_url()))
            reading.feeds.follow("s", START)
            feed.send("s", token(1))
            await soon(lambda: reading.heard["s"])
            first = reading.feeds.epoch
            servers.live.kill()
            servers.live.start()
            await soon(lambda: reading.renewals)
            feed = LiveFeed(connect(servers.live_url()))
            feed.send("s", token(2))
            await soon(lambda: reading.heard["s"] == ["1", "2"])
            assert reading.feeds.epoch not in {"", first}


def test_places_are_read_strictly_and_in_their_order() -> None:
    assert Position.parse("12-3") == Position(12, 3)
    assert str(Position(12, 3)) == "12-3"
    assert Position(9, 9) < Position(10, 0) < Position(10, 1)
    bad: list[Any] = [
        "",
        "1",
        "-",
        "1-",
        "-1",
        "a-1",
        "1-a",
        "1-1-1",
        "\u0661-1",
        f"{1 << 64}-0",
        "9" * 50 + "-1",
    ]
    assert [one for one in bad if Position.parse(one) is not None] == []


async def test_an_epoch_begins_once(stand: Stand) -> None:
    await live.begin(stand.live)
    first = await live.epoch(stand.live)
    async with Reading(stand.servers.live_url()).running() as reading:
        assert reading.feeds.epoch == first
        assert reading.renewals == 0
