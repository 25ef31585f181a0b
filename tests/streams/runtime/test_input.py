"""Bad input, straight onto the streams, harms nobody."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from redis.exceptions import RedisError

from streams import keys
from tests.stand import Stand, soon
from tests.streams.runtime.scene import STAGES, World, admit, answers, ask, at_rest

BAD: dict[str, dict[Any, Any]] = {
    "no JSON": {"data": b"{nothing"},
    "no object": {"data": b"[1,2]"},
    "empty": {"data": b""},
    "no data": {"other": b"x"},
    "unknown version": {"data": b'{"text":"x","v":99}'},
    "wrong types": {"data": b'{"text":7}'},
    "NaN": {"data": b'{"text":"x","v":NaN}'},
    "nested": {"data": b'{"text":' + b"[" * 100_000 + b"]" * 100_000 + b"}"},
    "NUL": {"data": b'{"text":"a\\u0000b"}'},
    "raw NUL": {"data": b'{"text":"a\x00b"}'},
    "surrogate": {"data": b'{"text":"\\ud800"}'},
    "no UTF-8": {"data": b'{"text":"\xff\xfe"}'},
    "3 MB": {"data": b'{"text":"' + b"x" * 3_000_000 + b'"}'},
    "3 MB elsewhere": {"data": b"", "x": b"x" * 3_000_000},
    "odd signature": {"data": b"{", "sig": b"\xff\x00terminal:\xf0"},
}


@pytest.mark.parametrize("name", BAD)
async def test_what_cannot_be_read_goes_to_the_desk_at_once(
    stand: Stand, running: Any, name: str
) -> None:
    before = await ask(stand, "before")
    await stand.tester.xadd(keys.topic("inbox"), {**BAD[name]})
    after = await ask(stand, "after", "other")
    assert await answers(stand, 2) == {before: "before", after: "after"}
    (letter,) = await soon(stand.letters)
    assert (letter.code, letter.attempts) == ("invalid", ())
    assert letter.size == len(BAD[name].get("data", b""))
    assert base64.b64decode(letter.original) == BAD[name].get("data", b"")[:262_144]
    assert all(health.reading for health in running.health())
    await at_rest(stand)


async def test_ten_megabytes_do_not_come_through_the_door(stand: Stand, running: Any) -> None:
    for data in (b'{"text":"' + b"x" * 10_000_000 + b'"}', b""):
        with pytest.raises((RedisError, OSError)):
            await stand.tester.xadd(
                keys.topic("inbox"), {"data": data, "x": b"x" * (10_000_000 - len(data) // 2)}
            )
    turn = await ask(stand, "after")
    assert await answers(stand, 1) == {turn: "after"}


@pytest.mark.parametrize("topic", [one.topic for one in STAGES if one is not admit])
async def test_no_reader_minds_what_it_cannot_read(stand: Stand, running: Any, topic: str) -> None:
    for fields in BAD.values():
        await stand.tester.xadd(keys.topic(topic), {**fields})
    turn = await ask(stand, "after")
    assert await answers(stand, 1) == {turn: "after"}
    await soon_letters(stand, len(BAD))
    await at_rest(stand)


async def soon_letters(stand: Stand, count: int) -> None:
    async def there() -> bool:
        return await stand.tester.xlen(keys.topic("dead")) == count

    await soon(there)


async def test_a_producer_can_claim_nothing(stand: Stand, world: World, running: Any) -> None:
    offered = {"text": "hi", "id": "x1", "person": "owner", "session": "s", "channel": "terminal"}
    for _ in range(2):
        await stand.tester.xadd(keys.topic("inbox"), {"data": json.dumps(offered)})
    await answers(stand, 1)
    await at_rest(stand)
    (reply,) = await stand.replies()
    assert (reply.person, reply.channel) == ("producer", "producer")
    assert reply.session.startswith("producer-")
