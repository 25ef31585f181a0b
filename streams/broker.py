"""FastStream's part: it reads the topics in batches and hands raw entries over.

Acknowledgement, retry and recovery are ours: FastStream on Redis acknowledges nothing that
fails, waits for ever on what was left behind, and would obey a reply address found in an
entry. So the parser is our own, acknowledgement is manual, and no reply is ever published.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Self

from faststream import AckPolicy
from faststream.message import StreamMessage
from faststream.redis import RedisBroker, StreamSub
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from streams import keys
from streams.entry import Held
from streams.stage import Stage

POLL_MS = 4_000
"""How long one read waits; above 5 s it would run into redis-py's socket timeout."""

Take = Callable[[list[Held]], Awaitable[None]]


class _Topic(StreamSub):
    """A subscription whose name is whole already: FastStream copies it for each read otherwise."""

    def add_prefix(self, prefix: str) -> Self:
        """Return this very subscription; no prefix is ever set."""
        return self


class Reader:
    """Reads one topic for one consumer group.

    Args:
        broker: FastStream's broker.
        stage: whose topic and group.
        consumer: this process.
        take: gets what was read; the next read begins when it returns.

    Attributes:
        stream: what it reads.
    """

    def __init__(
        self, broker: RedisBroker, stage: Stage[..., Any], consumer: str, take: Take
    ) -> None:
        self.stream = keys.topic(stage.topic)
        self._subscriber = broker.subscriber(
            stream=_Topic(
                self.stream,
                group=stage.name,
                consumer=consumer,
                batch=True,
                max_records=stage.batch,
                polling_interval=POLL_MS,
            ),
            ack_policy=AckPolicy.MANUAL,
            no_reply=True,
            parser=_parse,
            decoder=_decode,
        )
        self._running = False
        self._subscriber(take)

    @property
    def alive(self) -> bool:
        """Whether it reads."""
        return (
            self._running
            and self._subscriber.running
            and not any(task.done() for task in self._subscriber.tasks)
        )

    async def start(self) -> None:
        """Read; there is a group."""
        await self._subscriber.start()
        self._running = True

    async def stop(self) -> None:
        """Stop reading; what is in hand stays in hand."""
        self._running = False
        await self._subscriber.stop()


async def ensure_group(redis: Redis, stream: str, group: str) -> None:
    """Make a consumer group that begins with the stream's first entry.

    FastStream would begin at the end, and what was published before the first start would
    never be read.
    """
    try:
        await redis.xgroup_create(stream, group, id="0", mkstream=True)
    except ResponseError as error:
        if "BUSYGROUP" not in str(error):
            raise


def broker(url: str) -> RedisBroker:
    """Return FastStream's broker for `url`, with everything off that costs time per message.

    Args:
        url: of the durable Redis, credentials included.
    """
    return RedisBroker(
        url,
        specification_url="redis://nexus",
        logger=None,  # type: ignore[arg-type] # documented: None switches its logging off
        apply_types=False,
        graceful_timeout=0.2,
        socket_timeout=None,
    )


async def _parse(message: Any) -> StreamMessage[Any]:
    return StreamMessage(raw_message=message, body=b"")


async def _decode(message: StreamMessage[Any]) -> list[Held]:
    raw = message.raw_message
    return [
        Held(entry.decode(), fields)
        for entry, fields in zip(raw["message_ids"], raw["data"], strict=True)
    ]
