"""How often rules did not do what they say, because they had done it often enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from redis.asyncio import Redis

from streams import keys
from streams.store import answering, told


@dataclass(frozen=True, slots=True)
class Skipped:
    """What a rule's brake let go by.

    Attributes:
        times: how often, as far as that is remembered.
        at: when it last did, in milliseconds since 1970.
    """

    times: int
    at: int


async def skipped(redis: Redis, rules: Sequence[str]) -> Mapping[str, Skipped]:
    """Return what was skipped, by the rules' names; a rule that skipped nothing is not there.

    Args:
        redis: the durable Redis.
        rules: whose.

    Raises:
        Away: Redis does not answer.
    """
    if not rules:
        return {}
    asked = [("HMGET", keys.rule_counts(one), "skipped", "skipped_at") for one in rules]
    async with answering():
        rows = await told(redis, asked)
    return {
        rule: Skipped(int(times), int(at or 0))
        for rule, (times, at) in zip(rules, rows, strict=True)
        if times
    }
