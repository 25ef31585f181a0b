"""The one way in for gateways: what is accepted is durable, and accepted once."""

from __future__ import annotations

from redis.asyncio import Redis
from redis.exceptions import OutOfMemoryError, ResponseError

from schemas.chat import Control, Received
from schemas.desk import Happened
from streams.receipt import Accepted, Closed, offer, receipt, refusal
from streams.settings import StreamsSettings
from streams.sign import Gateway
from streams.store import AWAY, fcall, text

__all__ = ["Accepted", "Closed", "Ingress"]


class Ingress:
    """A gateway's door.

    Args:
        redis: the durable Redis, in the gateway's role.
        gateway: who signs.
        settings: bounds.
    """

    def __init__(self, redis: Redis, gateway: Gateway, settings: StreamsSettings) -> None:
        self._redis = redis
        self._gateway = gateway
        self._settings = settings

    async def accept(self, message: Received | Control | Happened, key: str) -> Accepted:
        """Take a message in.

        Args:
            message: what somebody said, or what happened.
            key: the idempotency key, unique among the gateway's messages of seven days.

        Raises:
            Conflict: the same key came with another body.
            Invalid: larger than may be accepted.
            TooMuch: the session's mailbox or the whole backlog is full.
            Closed: Redis does not answer, is full, or is not set up.
        """
        function, words = offer(message, key, self._gateway, self._settings)
        try:
            verdict, detail = await fcall(self._redis, function, *words)
        except ResponseError as error:
            raise refusal(error, full=isinstance(error, OutOfMemoryError)) from None
        except AWAY as error:
            raise Closed(f"Redis does not answer: {error}", retry_after=2) from None
        return receipt(text(verdict), text(detail), key)
