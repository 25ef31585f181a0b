"""The Model Context Protocol at the web door: one's tools and what one may read, for programs.

A call is the same message as every other, `!tool {…}`, so the same tiers, people, limits and
questions are met, and it is written down like them.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateways.mcp.base import Content, Readable, Watcher
from gateways.mcp.door import LARGEST, StreamableDoor
from processors.agent.people import People
from processors.tools.outcome import outcome, words
from processors.tools.registry import Registry
from schemas.errors import Expected, Invalid, TooMuch
from schemas.execution import Blocked, Executed, Going
from schemas.tools import ToolSpec
from schemas.web import Sessions
from streams.conversation import Conversations
from streams.record import TurnRecord
from web.app import Endpoint
from web.auth import Caller, caller
from web.following import Following
from web.http import DEEPEST, deeper, only_json
from web.hub import Hub
from web.mcp_reading import Reading
from web.outlet import Outlet
from web.past import Past
from web.sse import EVENTS
from web.talk import Talk, channel_of

PATH = "/mcp"
LONGEST_SECONDS = 3_600.0
"""How long a call is waited for; a person has at most a quarter of that to decide."""
AT_ONCE = 16
"""Calls of one key under way at once."""

Listed = Callable[[str, int], Awaitable[Sessions]]
"""Returns the last conversations of a person."""
Told = Callable[[int], Awaitable[Sequence[tuple[str, bytes]]]]
"""Returns the last events, the newest first: id and message."""


@dataclass(frozen=True)
class Parts:
    """What this is made of.

    Attributes:
        talk: the way into the pipeline.
        hub: the way back.
        past: what was said.
        conversations: the durable side.
        registry: which tools there are.
        people: who has which rights.
        listed: one's conversations.
        told: what happened.
        ending: says whether the server stops: who is cut off then did not go by themselves.
    """

    talk: Talk
    hub: Hub
    past: Past
    conversations: Conversations
    registry: Registry
    people: People
    listed: Listed
    told: Told
    ending: Callable[[], bool]


class Mcp:
    """The endpoints of the protocol: streamable HTTP.

    Args:
        parts: what it is made of.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._busy: Counter[str] = Counter()
        self._door = StreamableDoor(version("livos"), self._behind, _page)
        self.endpoints = (
            Endpoint("POST", PATH, self.say, "tools", body=LARGEST, streams=True, foreign=True),
            Endpoint("GET", PATH, self.hear, "tools", streams=True, media=EVENTS, foreign=True),
            Endpoint("DELETE", PATH, self.leave, "tools", streams=True, foreign=True),
        )

    async def close(self) -> None:
        """End all sessions."""
        await self._door.close()

    async def say(self, request: Request) -> Response:
        """Speak the Model Context Protocol (streamable HTTP): one message each time."""
        only_json(request)
        return _Through(self._door, caller(request))

    async def hear(self, request: Request) -> Response:
        """Listen to what the server says by itself in a session of the protocol."""
        return _Through(self._door, caller(request))

    async def leave(self, request: Request) -> Response:
        """End a session of the protocol."""
        return _Through(self._door, caller(request))

    def _behind(self, request: Request) -> Front:
        return Front(self._parts, caller(request), self._busy)


def _page(request: Request) -> str:
    # The Host header was checked: it is a name of this very server.
    return f"{request.base_url}chat"


class _Through(Response):
    """Hands the request on as it is."""

    def __init__(self, door: StreamableDoor, who: Caller) -> None:
        super().__init__()
        self._door, self._who = door, who

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve."""
        await self._door.serve(scope, receive, send, self._who.login)


class Front:
    """What one caller has.

    Args:
        parts: what it is made of.
        who: the caller.
        busy: how many calls each login has under way.
    """

    def __init__(self, parts: Parts, who: Caller, busy: Counter[str]) -> None:
        self._parts, self._who, self._busy = parts, who, busy
        self._reading = Reading(parts, who, self.call)

    async def tools(self) -> Sequence[ToolSpec]:
        """Return the tools that they may use."""
        person = self._who.person
        profile = self._parts.people.profile(person, "web")
        return self._parts.registry.specs(profile, person=person, channel=channel_of(self._who))

    async def call(
        self, tool: str, arguments: dict[str, Any], key: str, watcher: Watcher
    ) -> Executed | Blocked | Going:
        """Call a tool and wait for what it brings back.

        Raises:
            Invalid: it cannot be said.
            TooMuch: too many calls of this key are under way.
            Refused, Transient: as `web.talk` says.
        """
        said = _said(tool, arguments)
        login = self._who.login
        if self._busy[login] >= AT_ONCE:
            raise TooMuch(f"{AT_ONCE} calls of this key are under way; wait for one of them.")
        self._busy[login] += 1
        try:
            return await self._called(said, key, watcher)
        finally:
            self._busy[login] -= 1

    async def _called(self, said: str, key: str, watcher: Watcher) -> Executed | Blocked | Going:
        parts, who = self._parts, self._who
        # Whoever is cut off here does not know whether it was taken in, so it is, and then stopped.
        saying = asyncio.ensure_future(parts.talk.say(who, said, key, passing=True))
        try:
            receipt = await asyncio.shield(saying)
            outlet = Outlet()
            watch = await parts.hub.watch(receipt.session, outlet)
            try:
                async with asyncio.timeout(LONGEST_SECONDS):
                    await Following(receipt.turn, watcher).over(outlet)
            except TimeoutError:
                pass  # it goes on, and the answer says so
            finally:
                parts.hub.leave(watch)
        except asyncio.CancelledError:
            if not parts.ending():
                with suppress(Expected):  # then there is nothing to stop, or nobody to tell it
                    await parts.talk.halt(who, (await saying).session)
            raise
        told = await parts.conversations.turn(receipt.turn)
        return outcome(TurnRecord(receipt.turn, told.record if told else ()))

    async def readables(self) -> Sequence[Readable]:
        """Return what they may read."""
        return await self._reading.readables()

    async def read(self, uri: str) -> Content:
        """Return what stands at an address.

        Raises:
            NotFound: nothing, for them.
            Refused, Transient: it cannot be read.
        """
        return await self._reading.read(uri)


def _said(tool: str, arguments: dict[str, Any]) -> str:
    if not tool or len(tool) > 128 or not tool.isascii() or not tool.isprintable() or " " in tool:
        raise Invalid("A tool's name is 1 to 128 printable ASCII signs without spaces.")
    if deeper(arguments, DEEPEST):
        raise Invalid(
            f"The arguments hold more than {DEEPEST} lists and objects inside each other."
        )
    try:
        return words(tool, arguments)
    except orjson.JSONEncodeError:
        raise Invalid("A number among the arguments is larger than 64 bits hold.") from None
