"""What happens is heard from now on, by whoever listens, read once for all."""

from __future__ import annotations

from streams import keys
from streams.happenings import Happenings
from streams.sign import Keyring
from tests.stand import Stand, soon


async def test_everybody_hears_what_happens_from_now_on(stand: Stand) -> None:
    await stand.redis.xadd(keys.topic("events"), {"data": "before"})
    happenings = Happenings(stand.redis, Keyring({}))
    one: list[bytes] = []
    other: list[bytes] = []
    with happenings.heard(lambda _, data: one.append(data)):
        with happenings.heard(lambda _, data: other.append(data)):

            async def heard() -> bool:
                await stand.redis.xadd(keys.topic("events"), {"data": "now"})
                return bool(one and other)

            await soon(heard)
        count = len(other)
        await stand.redis.xadd(keys.topic("events"), {"data": "later"})
        await soon(lambda: b"later" in one)
    assert len(other) == count
    assert b"before" not in one
