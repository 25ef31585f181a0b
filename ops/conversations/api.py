"""Conversations at the web door: everything about the chat that this process serves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog

from ops.conversations.files import Files
from ops.conversations.late import Journal, Late
from ops.conversations.lists import Lists
from ops.keyring import gateway, keyring
from ops.slice import House
from processors.agent.mind import Mind
from processors.agent.people import People
from processors.tools.registry import Registry
from schemas.web import SystemView
from streams.accept import Ingress
from streams.approvals import Requests
from streams.conversation import Conversations
from streams.feeds import Feeds
from streams.happenings import Happenings
from web import models
from web.agent import Agent
from web.app import Endpoint
from web.approvals import Approvals, StepUp
from web.chat import Chat
from web.hub import Hub
from web.mcp import Mcp, Parts
from web.openai import OpenAI
from web.past import Past
from web.sockets import Notices, Sockets
from web.talk import Talk
from web.tools import Tools

log = structlog.get_logger("web")

CONNECTIONS = 32
"""To each Redis; a call takes well under a millisecond of one."""


class Talking:
    """The chat, its conversations and their files.

    Args:
        house: what every slice is handed.
        journal: opens the written history.
        step_up: checks a second factor.
        notices: tells what somebody is told beside the conversation.
    """

    def __init__(
        self,
        house: House,
        journal: Callable[[], Journal],
        step_up: StepUp,
        notices: Notices,
    ) -> None:
        runtime, settings = house.runtime, house.settings
        self._late = late = Late(settings, journal)
        # Of their own: however many watch, the pipeline's connections are the pipeline's.
        self._redis = runtime.beside("durable", CONNECTIONS)
        self._live = runtime.beside("live", CONNECTIONS)
        conversations, feeds = Conversations(self._redis), Feeds(self._live)
        registry = runtime.resource(Registry)
        past = Past(feeds, conversations, late.open, registry.tier)
        self.hub = hub = Hub(feeds, past)
        ingress = Ingress(self._redis, gateway(settings, "web"), settings.streams)
        mind, people = runtime.resource(Mind), runtime.resource(People)
        talk = Talk(ingress, conversations, late.open, lambda: mind.tiers)
        lists = Lists(late.open, talk, past, conversations)
        self.answered = lists.answered
        happenings = Happenings(self._redis, keyring(settings))
        self._mcp = Mcp(
            Parts(
                *(talk, hub, past, conversations, registry, people),
                listed=lists.listed,
                told=happenings.last,
                ending=lambda: not runtime.ready,
            )
        )

        def system() -> SystemView:
            stages = {health.stage: health.reading for health in runtime.health()}
            return SystemView(ready=runtime.ready, stages=stages)

        self.endpoints: Sequence[Endpoint] = (
            *Chat(talk, hub).endpoints,
            *lists.endpoints,
            *Files(late.open).endpoints,
            *Agent(talk, hub, past).endpoints,
            *Approvals(
                talk, Requests(self._redis, "web"), step_up, house.site, late.open
            ).endpoints,
            *Sockets(talk, hub, happenings.heard, system, notices).endpoints,
            *models.endpoints(mind, talk, conversations),
            *OpenAI(talk, hub, mind).endpoints,
            *Tools(talk, hub, conversations, registry, people).endpoints,
            *self._mcp.endpoints,
        )
        self._running = asyncio.create_task(hub.run(), name="hub")
        self._running.add_done_callback(lambda task: _ended(task, runtime.broken))

    async def close(self) -> None:
        """Let go of everything."""
        await self._mcp.close()
        self._running.cancel()
        with suppress(asyncio.CancelledError):
            await self._running
        await self._redis.aclose()
        await self._live.aclose()
        await self._late.close()


def _ended(task: asyncio.Task[None], broken: asyncio.Event) -> None:
    """A bug ended the reader: only a new process helps."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("hub.broken", exc_info=error)
        broken.set()
