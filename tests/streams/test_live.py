"""The live feed: it makes nobody wait, has an epoch, and tells again what was forgotten."""

from __future__ import annotations

import asyncio
from typing import Any

from schemas.feed import LiveEvent, Stepped, Token, live_events
from streams import keys, live
from streams.live import LiveFeed
from streams.store import connect
from tests.redis_server import private_redis
from tests.stand import Stand


def token(number: int, turn: str = "t") -> Token:
    return Token(turn=turn, step=0, text=str(number))


async def told(stand: Stand, session: str = "s") -> list[LiveEvent]:
    """Everything that stands in a session's feed."""
    rows: Any = await stand.live.xrange(keys.live(session))
    return [live_events.validate_json(fields[b"e"]) for _, fields in rows]


def text(events: list[LiveEvent]) -> str:
    """What a reader has of a step: a step that begins anew is forgotten first."""
    found = ""
    for event in events:
        match event:
            case Stepped():
                found = ""
            case Token():
                found += event.text
    return found


async def test_what_is_sent_stands_there_in_its_order(stand: Stand) -> None:
    feed = stand.feed()
    for n in range(500):
        feed.send("s", token(n))
        if n % 7 == 0:
            await asyncio.sleep(0)
    await feed.flush()
    assert text(await told(stand)) == "".join(map(str, range(500)))


async def test_an_epoch_is_kept_until_the_server_starts_anew() -> None:
    with private_redis(tester=True) as servers:
        assert servers.live is not None
        async with Stand(servers) as stand:
            await live.begin(stand.live)
            first = await live.epoch(stand.live)
            await live.begin(stand.live)
            assert await live.epoch(stand.live) == first
            servers.live.kill()
            servers.live.start()
            feed = LiveFeed(connect(servers.live_url()))
            feed.send("s", token(1))
            await feed.flush()
            assert await live.epoch(stand.live) not in {"", first}


async def test_a_running_step_is_told_again_when_the_server_forgot_it() -> None:
    with private_redis(tester=True) as servers:
        assert servers.live is not None
        async with Stand(servers) as stand:
            feed = LiveFeed(connect(servers.live_url()))
            feed.send("s", Stepped(turn="t", step=0, model="m"))
            for n in range(5):
                feed.send("s", token(n))
            await feed.flush()
            servers.live.kill()
            feed.send("s", token(5))  # goes nowhere
            await feed.flush()
            servers.live.start()
            feed.send("s", token(6))
            await feed.flush()
            assert text(await told(stand)) == "0123456"


async def test_a_step_of_another_turn_is_not_told_again_in_its_place(stand: Stand) -> None:
    feed = stand.feed()
    for turn in ("a", "b"):
        feed.send(turn, Stepped(turn=turn, step=0, model="m"))
        feed.send(turn, token(1, turn))
    await feed.flush()
    await stand.live.delete(keys.LIVE_EPOCH)
    feed.send("a", token(2, "a"))
    await feed.flush()
    assert [event.turn for event in await told(stand, "b")] == ["b"] * 4
    assert text(await told(stand, "a")) == "12"
    assert text(await told(stand, "b")) == "1"


async def test_a_feed_without_a_server_makes_nobody_wait(stand: Stand) -> None:
    nowhere = LiveFeed(connect("unix:///nowhere/live.sock"))
    for n in range(20_000):
        nowhere.send("s", token(n))
    async with asyncio.timeout(10):
        await nowhere.flush()
    assert await stand.live.exists(keys.live("s")) == 0
