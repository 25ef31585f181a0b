"""The one way in for gateways: what is accepted is durable, and accepted once."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from redis.asyncio import Redis
from redis.exceptions import NoPermissionError, OutOfMemoryError, ResponseError

from schemas.chat import Control, Received
from schemas.errors import Conflict, Invalid, TooMuch, Transient
from streams.pressure import Pressure
from streams.settings import StreamsSettings
from streams.sign import Gateway
from streams.store import AWAY, fcall, text


class Closed(Transient):
    """Nothing is taken in now; a retry with the same key is safe."""

    code = "closed"
    status = 503


@dataclass(frozen=True, slots=True)
class Accepted:
    """The receipt: what a 202 says.

    Attributes:
        id: the message's id; for a repeat, the id of the first.
        fresh: whether this call brought it in.
    """

    id: str
    fresh: bool


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
        self._pressure = Pressure(redis)

    async def accept(self, message: Received | Control, key: str) -> Accepted:
        """Take a message in.

        Args:
            message: what somebody said.
            key: the idempotency key, unique among the gateway's messages of seven days.

        Raises:
            Conflict: the same key came with another body.
            Invalid: larger than may be accepted.
            TooMuch: the session's mailbox or the whole backlog is full.
            Closed: Redis does not answer, is nearly full, or is not set up; or the journal is
                too far behind.
        """
        data = message.model_dump_json().encode()
        if len(data) > self._settings.max_accepted_bytes:
            raise Invalid(
                f"The message has {len(data)} bytes; "
                f"at most {self._settings.max_accepted_bytes} are accepted."
            )
        await self._check_pressure()
        verdict, detail = await self._call(message, key, data)
        match verdict:
            case "OK" | "SAME":
                return Accepted(detail, verdict == "OK")
            case "CONFLICT":
                raise Conflict(f"The key {key} was used for another message ({detail}).")
            case "BUSY":
                raise TooMuch(f"{detail} messages of this session wait already.", retry_after=5)
            case "FULL":
                raise TooMuch(f"{detail} messages wait already.", retry_after=5)
            case _:
                raise Closed("The pipeline is not set up yet.", retry_after=2)

    async def _check_pressure(self) -> None:
        try:
            gauge = await self._pressure.gauge()
        except NoPermissionError:
            return  # a Redis of the owner's with users of their own: its own bound is the last one
        except AWAY as error:
            raise Closed(f"Redis does not answer: {error}", retry_after=2) from None
        if gauge.closed:
            raise Closed(gauge.closed, retry_after=10)

    async def _call(
        self, message: Received | Control, key: str, data: bytes
    ) -> tuple[Literal["OK", "SAME", "CONFLICT", "BUSY", "FULL", "CLOSED"] | str, str]:
        # The digest covers what the sender said, not the id and time that we gave it.
        said = message.model_dump_json(exclude={"id", "trace", "at"}).encode()
        try:
            verdict, detail = await fcall(
                self._redis, "accept",
                message.topic, self._gateway.name, key, sha256(said).hexdigest(),
                self._settings.dedupe_days * 86_400, data, self._gateway.sign(data), message.id,
                message.session, self._settings.backlog, self._settings.mailbox,
            )  # fmt: skip
        except ResponseError as error:
            if isinstance(error, OutOfMemoryError):
                raise Closed("The server's memory is full.", retry_after=10) from None
            raise Closed(f"Redis refused: {error}", retry_after=5) from None
        except AWAY as error:
            raise Closed(f"Redis does not answer: {error}", retry_after=2) from None
        return text(verdict), text(detail)
