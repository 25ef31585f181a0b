"""The live feed: epochs, cursors, and nothing missing between them."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from schemas.feed import Token
from streams import keys, live
from streams.live import LiveFeed, LiveItem
from streams.store import AWAY, connect
from tests.redis_server import private_redis
from tests.stand import Stand


def token(number: int) -> Token:
    return Token(turn="t", step=0, text=str(number))


def words(items: list[LiveItem | None]) -> list[str]:
    return [item.event.text for item in items if item is not None and isinstance(item.event, Token)]


async def follow(stand: Stand, cursor: str, count: int) -> list[LiveItem | None]:
    found: list[LiveItem | None] = []
    async with asyncio.timeout(10), aclosing(live.follow(stand.live, "s", cursor)) as items:  # type: ignore[type-var]
        async for item in items:
            found.append(item)
            if len(words(found)) == count or item is None:
                return found
    return found


async def test_who_follows_misses_nothing(stand: Stand) -> None:
    feed = stand.feed()
    await live.begin(stand.live)
    cursor = await live.position(stand.live, "s")
    following = asyncio.create_task(follow(stand, cursor, 500))
    for n in range(500):
        feed.send("s", token(n))
        if n % 7 == 0:
            await asyncio.sleep(0)
    assert words(await following) == [str(n) for n in range(500)]


async def test_who_comes_back_goes_on_where_it_left(stand: Stand) -> None:
    feed = stand.feed()
    await live.begin(stand.live)
    cursor = await live.position(stand.live, "s")
    for n in range(10):
        feed.send("s", token(n))
    await feed.flush()
    first = await follow(stand, cursor, 4)
    assert first[-1] is not None
    rest = await follow(stand, first[-1].cursor, 6)
    assert words(first) + words(rest) == [str(n) for n in range(10)]


async def test_a_position_is_behind_all_that_was(stand: Stand) -> None:
    feed = stand.feed()
    feed.send("s", token(1))
    await feed.flush()
    cursor = await live.position(stand.live, "s")
    feed.send("s", token(2))
    assert words(await follow(stand, cursor, 1)) == ["2"]


async def test_a_cursor_of_another_epoch_is_sent_to_the_durable_side(stand: Stand) -> None:
    await live.begin(stand.live)
    assert await follow(stand, "01OLD.5-0", 1) == [None]
    assert await follow(stand, "", 1) == [None]


async def test_an_epoch_is_kept_until_the_server_starts_anew() -> None:
    with private_redis(tester=True) as servers:
        assert servers.live is not None
        async with Stand(servers) as stand:
            await live.begin(stand.live)
            first = await live.epoch(stand.live)
            await live.begin(stand.live)
            assert await live.epoch(stand.live) == first
            cursor = await live.position(stand.live, "s")
            watching = asyncio.create_task(_broken(stand, cursor))
            servers.live.kill()
            servers.live.start()
            feed = LiveFeed(connect(servers.live_url()))
            feed.send("s", token(1))
            await feed.flush()
            assert await live.epoch(stand.live) not in {"", first}
            assert await watching
            assert await follow(stand, cursor, 1) == [None]


async def _broken(stand: Stand, cursor: str) -> bool:
    """Whether following ends, by its own word or the connection's."""
    try:
        return await follow(stand, cursor, 1) == [None]
    except AWAY:
        return True


async def test_a_feed_without_a_server_makes_nobody_wait(stand: Stand) -> None:
    nowhere = LiveFeed(connect("unix:///nowhere/live.sock"))
    for n in range(20_000):
        nowhere.send("s", token(n))
    async with asyncio.timeout(10):
        await nowhere.flush()
    assert await stand.live.exists(keys.live("s")) == 0
