"""What the messengers handed over already, so that what is read twice is sent once."""

from __future__ import annotations

from redis.asyncio import Redis

from streams import keys
from streams.store import answering, text

KEPT_SECONDS = 8 * 24 * 3_600
"""Longer than anything may wait to be handed over."""


class Sent:
    """The ledger of deliveries.

    A messenger's server knows no idempotency key. What was sent and not written down, because the
    process died between the two, is sent again: once for each such death, and never for another
    reason.

    Args:
        redis: the durable Redis, in the role of the messengers.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def sent(self, channel: str, delivery: str) -> str | None:
        """Return what the channel called a delivery; None where it has not happened.

        Raises:
            Away: Redis does not answer.
        """
        async with answering():
            found = await self._redis.get(_key(channel, delivery))
        return None if found is None else text(found)

    async def note(self, channel: str, delivery: str, name: str) -> None:
        """Write down what the channel called it.

        Raises:
            Away: Redis does not answer.
        """
        async with answering():
            await self._redis.set(_key(channel, delivery), name, ex=KEPT_SECONDS)


def _key(channel: str, delivery: str) -> str:
    return f"{keys.SENT}{channel}:{delivery}"
