"""What a test of the streams stands on: clients in their roles, a runtime, and waiting."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Self

from redis.asyncio import Redis

from ops.chaos.waiting import soon
from schemas.base import new_id
from schemas.chat import Received, Reply
from schemas.desk import DeadLetter
from streams import keys
from streams.accept import Ingress
from streams.blackbox import BlackBox
from streams.broker import ensure_group
from streams.live import LiveFeed
from streams.runtime import Runtime
from streams.settings import StreamsSettings
from streams.sign import Gateway, Keyring
from streams.stage import Stage
from streams.store import connect
from tests.redis_server import TESTER, RedisPair

__all__ = ["GATEWAY", "QUICK", "Stand", "received", "soon"]

GATEWAY = Gateway("terminal", b"k" * 32, frozenset({"terminal"}))
QUICK = StreamsSettings(
    lease_seconds=1.0,
    beat_seconds=0.3,
    reclaim_seconds=0.05,
    lead_seconds=1.0,
    backoff_seconds=0.01,
    backoff_most_seconds=0.1,
    drain_seconds=5.0,
)
"""The usual bounds with short periods, so that tests need not wait."""


def received(name: str, session: str = "s", text: str = "hello", **fields: Any) -> Received:
    """Return what somebody said."""
    known: dict[str, Any] = {
        "id": name,
        "trace": name,
        "session": session,
        "person": "owner",
        "channel": "terminal",
        "chat": "chat",
        "text": text,
    }
    return Received(**{**known, **fields})


class Stand:
    """Both servers, and a way to everything that a test needs.

    Attributes:
        redis: the durable server as `core`.
        tester: the durable server as somebody who may do anything.
        live: the live server.
    """

    def __init__(self, servers: RedisPair) -> None:
        self.servers = servers
        self.redis: Redis = connect(servers.durable_url())
        self.tester: Redis = connect(servers.durable_url(TESTER))
        self.live: Redis = connect(servers.live_url())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in (self.redis, self.tester, self.live):
            await client.aclose()

    def ingress(self, settings: StreamsSettings = QUICK, gateway: Gateway = GATEWAY) -> Ingress:
        """Return a gateway's door."""
        return Ingress(self.redis, gateway, settings)

    async def groups(self, *stages: Stage[..., Any]) -> None:
        """Make the stages' groups, as the start does."""
        for stage in stages:
            await ensure_group(self.redis, keys.topic(stage.topic), stage.name)

    def runtime(
        self,
        *stages: Stage[..., Any],
        consumer: str = "",
        settings: StreamsSettings = QUICK,
        resources: Mapping[type, object] | None = None,
        blackbox: BlackBox | None = None,
        solo: bool = False,
        gateways: tuple[Gateway, ...] = (GATEWAY,),
    ) -> Runtime:
        """Return a runtime of these stages, not yet started."""
        return Runtime(
            stages,
            url=self.servers.durable_url(),
            live_url=self.servers.live_url(),
            consumer=consumer or f"test-{new_id()}",
            settings=settings,
            keyring=Keyring({one.name: one for one in gateways}),
            resources=resources or {},
            blackbox=blackbox,
            solo=solo,
            watch=True,
        )

    @asynccontextmanager
    async def running(self, *stages: Stage[..., Any], **more: Any) -> AsyncIterator[Runtime]:
        """Run stages until the end of the block, then drain."""
        runtime = self.runtime(*stages, **more)
        await runtime.start()
        try:
            yield runtime
        finally:
            await runtime.drain()

    # What there is ------------------------------------------------------------------------

    async def entries(self, topic: str) -> list[dict[str, str]]:
        """Return the entries of a topic, oldest first."""
        rows: Any = await self.tester.xrange(keys.topic(topic))
        return [{k.decode(): v.decode() for k, v in fields.items()} for _, fields in rows]

    async def data(self, topic: str) -> list[str]:
        """Return the messages of a topic, oldest first."""
        return [entry["data"] for entry in await self.entries(topic)]

    async def replies(self) -> list[Reply]:
        """Return every reply that ever went out, oldest first."""
        return [Reply.model_validate_json(data) for data in await self.data("outbox")]

    async def letters(self) -> list[DeadLetter]:
        """Return what lies at the dead-letter desk."""
        return [DeadLetter.model_validate_json(data) for data in await self.data("dead")]

    async def pending(self, topic: str, group: str, consumer: str = "") -> list[Any]:
        """Return the ids of a group's pending entries, or of one consumer's."""
        rows: Any = await self.tester.xpending_range(
            keys.topic(topic), group, "-", "+", 10_000, consumer or None
        )
        return [row["message_id"].decode() for row in rows]

    def feed(self) -> LiveFeed:
        """Return the live feed."""
        return LiveFeed(self.live)
