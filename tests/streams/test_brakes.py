"""What rules did not do, because they had done it often enough."""

from __future__ import annotations

from streams import keys
from streams.brakes import Skipped, skipped
from tests.stand import Stand


async def test_what_rules_skipped_is_told_by_their_names(stand: Stand) -> None:
    await stand.redis.hset(keys.rule_counts("a"), mapping={"skipped": 3, "skipped_at": 17})
    await stand.redis.hset(keys.rule_counts("b"), mapping={"fired": 3, "fired_at": 17})
    found = await skipped(stand.redis, ["a", "b", "c"])
    assert found == {"a": Skipped(3, 17)}
    assert await skipped(stand.redis, []) == {}
