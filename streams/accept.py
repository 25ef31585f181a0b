"""The one way in for gateways: what is accepted is durable, and accepted once."""

from __future__ import annotations

from redis.asyncio import Redis
from redis.exceptions import OutOfMemoryError, ResponseError

from schemas.chat import Control, Received
from schemas.desk import Happened
from schemas.errors import NotFound
from streams.receipt import Accepted, Brake, Braked, Closed, fired, offer, receipt, refusal
from streams.settings import StreamsSettings
from streams.sign import Gateway, Keyring
from streams.store import AWAY, Argument, fcall, text

__all__ = ["Accepted", "Brake", "Braked", "Closed", "Doors", "Ingress"]


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

    async def accept(
        self, message: Received | Control | Happened, key: str, brake: Brake | None = None
    ) -> Accepted:
        """Take a message in.

        Args:
            message: what somebody said, or what happened.
            key: the idempotency key, unique among the gateway's messages of seven days.
            brake: of the rule that says it, where it is one.

        Raises:
            Braked: the rule did as much in this minute as it may.
            Conflict: the same key came with another body.
            Invalid: larger than may be accepted.
            TooMuch: the session's mailbox or the whole backlog is full.
            Closed: Redis does not answer, is full, or is not set up.
        """
        function, words = offer(message, key, self._gateway, self._settings, brake)
        return await self._asked(key, function, words)

    async def fire(self, key: str, brake: Brake) -> None:
        """Count what a rule does that needs no door; the same key again is counted once.

        Args:
            key: names what it does.
            brake: of the rule.

        Raises:
            Braked: it did as much in this minute as it may.
            Closed: Redis does not answer, or is full.
        """
        await self._asked(key, "fire", fired(key, self._gateway, self._settings, brake))

    async def _asked(self, key: str, function: str, words: tuple[Argument, ...]) -> Accepted:
        try:
            verdict, detail = await fcall(self._redis, function, *words)
        except ResponseError as error:
            raise refusal(error, full=isinstance(error, OutOfMemoryError)) from None
        except AWAY as error:
            raise Closed(f"Redis does not answer: {error}", retry_after=2) from None
        return receipt(text(verdict), text(detail), key)


class Doors:
    """The doors by which a process itself may say something, each with its gateway's key.

    Args:
        redis: the durable Redis, in the process's role.
        keyring: the gateways.
        settings: bounds.
    """

    def __init__(self, redis: Redis, keyring: Keyring, settings: StreamsSettings) -> None:
        self._redis, self._keyring, self._settings = redis, keyring, settings

    def of(self, name: str) -> Ingress:
        """Return a gateway's door.

        Raises:
            NotFound: there is no such gateway.
        """
        gateway = self._keyring.get(name)
        if gateway is None:
            raise NotFound(f"There is no gateway {name}.")
        return Ingress(self._redis, gateway, self._settings)
