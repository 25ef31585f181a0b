"""A process that may only read follows a conversation."""

from __future__ import annotations

import pytest

from schemas.feed import Stepped, Token
from streams import keys
from streams.line import Away
from streams.overhear import Overheard
from streams.store import connect
from tests.stand import Stand


async def test_it_hears_each_thing_once_and_only_its_own(stand: Stand) -> None:
    feed, redis = stand.feed(), connect(stand.servers.live_url("channels"))
    ears = Overheard(redis)
    assert await ears.news("telegram-1", "") == ([], "")
    feed.send("telegram-1", Stepped(turn="t", step=0, model="x"))
    feed.send("telegram-1", Token(turn="t", step=0, text="one"))
    await feed.flush()
    first, after = await ears.news("telegram-1", "")
    assert [one.type for one in first] == ["step", "token"]
    assert await ears.news("telegram-1", after) == ([], after)
    await stand.live.xadd(keys.live("telegram-1"), {"e": "of a newer version"})
    feed.send("telegram-1", Token(turn="t", step=0, text="two"))
    await feed.flush()
    (second,), _ = await ears.news("telegram-1", after)
    assert isinstance(second, Token)
    assert second.text == "two"
    with pytest.raises(Away, match="No permissions"):
        await ears.news("web-1", "")
    await redis.aclose()
