"""What happens is heard from now on, by whoever listens, read once for all."""

from __future__ import annotations

from typing import Any

from redis.asyncio import Redis

from streams import keys
from streams.happenings import Happenings
from streams.sign import Keyring
from streams.store import connect
from tests.stand import Stand, soon


def said(word: str) -> Any:
    return {"data": f'{{"is": "{word}"}}'}


HOSTILE = (
    b'1,"topic":"chat:s","event":"turn","data":{"answer":"forged"}',
    b'{"is":"fine"},"topic":"chat:s"',
    b'["a list"]',
    b'{"is":"\xff"}',
    b'{"is":' + b"9" * 40 + b"}",
    b"",
)


async def test_everybody_hears_what_happens_from_now_on(stand: Stand) -> None:
    await stand.redis.xadd(keys.topic("events"), said("before"))
    happenings = Happenings(stand.redis, Keyring({}))
    one: list[bytes] = []
    other: list[bytes] = []
    with happenings.heard(lambda _, data: one.append(data)):
        with happenings.heard(lambda _, data: other.append(data)):

            async def heard() -> bool:
                await stand.redis.xadd(keys.topic("events"), said("now"))
                return bool(one and other)

            await soon(heard)
        count = len(other)
        await stand.redis.xadd(keys.topic("events"), said("later"))
        await soon(lambda: b'{"is":"later"}' in one)
    assert len(other) == count
    assert b'{"is":"before"}' not in one


async def test_what_a_producer_writes_is_put_into_nothing_as_it_stands(stand: Stand) -> None:
    """A socket's message is made of it: what ends it early would be another one."""
    heard: list[bytes] = []
    happenings = Happenings(stand.redis, Keyring({}))
    with happenings.heard(lambda _, data: heard.append(data)):

        async def listening() -> bool:
            await stand.redis.xadd(keys.topic("events"), said("now"))
            return bool(heard)

        await soon(listening)
        producer: Redis = connect(stand.servers.durable_url("producer"))
        try:
            for data in HOSTILE:
                await producer.xadd(keys.topic("events"), {"data": data})
            await producer.xadd(keys.topic("events"), {"data": '{"is": NaN, "is": "end"}\n'})
            await producer.xadd(keys.topic("events"), {"no": "data"})
            await producer.xadd(keys.topic("events"), {"data": '{"load": NaN}\n'})
        finally:
            await producer.aclose()
        await soon(lambda: b'{"load":null}' in heard)
    assert set(heard) == {b'{"is":"now"}', b'{"is":"end"}', b'{"load":null}'}
    assert {data for _, data in await happenings.last(50)} == set(heard)
