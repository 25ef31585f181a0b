"""Conversations at the web door: everything about the chat that this process serves."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

import structlog

from ops import database
from ops.conversations.files import Files
from ops.conversations.lists import Lists, Search
from ops.conversations.register import Journal as Asked
from ops.conversations.register import Register
from ops.conversations.uploads import Uploads
from ops.keyring import gateway
from ops.slice import House
from processors.agent.mind import Mind
from processors.tools.registry import Registry
from schemas.web import SystemView
from streams.accept import Ingress
from streams.conversation import Conversations
from streams.feeds import Feeds
from streams.happenings import happenings
from web import models
from web.agent import Agent
from web.app import Endpoint
from web.chat import Chat
from web.events import Events
from web.hub import Hub
from web.openai import OpenAI
from web.past import Journal as Records
from web.past import Past
from web.sockets import Sockets
from web.talk import Talk

log = structlog.get_logger("web")


class Journal(Asked, Records, Search, Protocol):
    """The written history, as far as it matters here; see ops/journal/pages.py."""

    async def close(self) -> None:
        """Let go of it."""
        ...


class Talking:
    """The chat, its conversations and their files.

    Args:
        house: what every slice is handed.
        journal: the written history.
    """

    def __init__(self, house: House, journal: Journal) -> None:
        runtime, settings = house.runtime, house.settings
        self._journal = journal
        self._engine = database.connect(database.home(settings))
        register = Register(self._engine, journal)
        uploads = Uploads(self._engine, settings.root / "attachments")
        conversations = Conversations(runtime.redis)
        feeds = Feeds(runtime.live)
        past = Past(feeds, conversations, journal, runtime.resource(Registry).tier, register.title)
        self.hub = Hub(feeds, past)

        def system() -> SystemView:
            stages = {health.stage: health.reading for health in runtime.health()}
            return SystemView(ready=runtime.ready, stages=stages)

        ingress = Ingress(runtime.redis, gateway(settings, "web"), settings.streams)
        talk = Talk(ingress, register, uploads, conversations)
        mind = runtime.resource(Mind)
        self.endpoints: Sequence[Endpoint] = (
            *Chat(talk, self.hub).endpoints,
            *Lists(register, talk, past, conversations, journal).endpoints,
            *Files(uploads).endpoints,
            *Agent(talk, self.hub, past).endpoints,
            *Events(talk).endpoints,
            *Sockets(talk, self.hub, lambda: happenings(runtime.redis), system).endpoints,
            *models.endpoints(mind),
            *OpenAI(talk, self.hub, mind).endpoints,
        )
        self._running = asyncio.create_task(self.hub.run(), name="hub")
        self._running.add_done_callback(lambda task: _ended(task, runtime.broken))

    async def close(self) -> None:
        """Let go of everything."""
        self._running.cancel()
        with suppress(asyncio.CancelledError):
            await self._running
        await self._engine.dispose()
        await self._journal.close()


def _ended(task: asyncio.Task[None], broken: asyncio.Event) -> None:
    """A bug ended the reader: only a new process helps."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("hub.broken", exc_info=error)
        broken.set()
