"""One socket for all that a page watches; a client gets the topics it asked for, and no others."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, AsyncExitStack, suppress

from pydantic import BaseModel, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from schemas.errors import Expected, Forbidden, Invalid
from schemas.feed import SessionLive
from schemas.web import Subscribe, SystemView
from web.app import Endpoint
from web.auth import Caller, caller
from web.frames import Frame, of_model
from web.hub import Hub
from web.outlet import Dropped, Outlet
from web.talk import Talk, identifier

FIRST_SECONDS = 10.0
"""How long a client may take to say what it wants."""
MOST_MESSAGES, PER_SECONDS = 20, 10.0
"""What a client may say in a while; it has little to say."""
LARGEST = 16 << 10
"""Characters of what a client says."""
MOST_TOPICS = 128
LOOK_SECONDS = 2.0
"""How often the server's state is looked at."""
NOT_ALLOWED, TOO_LARGE = 1008, 1009
"""How a socket is closed (RFC 6455, 7.4.1)."""

Happenings = Callable[[Callable[[str, bytes], None]], AbstractContextManager[None]]
Notices = Callable[[Caller], AsyncIterator[BaseModel]]


class Sockets:
    """The endpoint of sockets.

    Args:
        talk: whose each conversation is.
        hub: tells conversations.
        happenings: tells what happens on the server, until the end of a block.
        system: says how the server is.
        notices: tells what somebody is told beside the conversation.
    """

    def __init__(
        self,
        talk: Talk,
        hub: Hub,
        happenings: Happenings,
        system: Callable[[], SystemView],
        notices: Notices,
    ) -> None:
        self._talk = talk
        self._hub = hub
        self._happenings = happenings
        self._system = system
        self._notices = notices
        self.endpoints = (Endpoint("WS", "/api/ws", self.serve, "chat"),)

    async def serve(self, socket: WebSocket) -> None:
        """Tell the topics that the first message names: `{"subscribe": ["sessions"]}`."""
        await socket.accept()
        outlet = Outlet()
        async with AsyncExitStack() as stack:
            line = Line(self, caller(socket), outlet, stack)
            work = [
                asyncio.ensure_future(one) for one in (_pump(socket, outlet), _hear(socket, line))
            ]
            outlet.on_drop = work[0].cancel
            try:
                await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in work:
                    task.cancel()
                await asyncio.wait(work)
            code, reason = NOT_ALLOWED, str(Dropped()) if outlet.dropped else ""
            for task in work:
                if not task.cancelled() and (error := task.exception()) is not None:
                    if isinstance(error, WebSocketDisconnect):
                        return
                    if not isinstance(error, Expected):
                        raise error
                    reason = str(error)
            with suppress(RuntimeError):  # it is closed already
                await socket.close(code, reason[:120])

    async def open(self, line: Line, topic: str, cursor: str) -> None:
        """Begin to tell a topic.

        Raises:
            Invalid: there is no such topic.
            NotFound, Forbidden: not for this client.
            Transient: a Redis does not answer.
        """
        kind, _, session = topic.partition(":")
        match kind:
            case "chat" if session:
                name = identifier(session, "A conversation's name")
                await self._talk.own(line.caller, name)
                watch = await self._hub.watch(name, line.outlet, cursor)
                line.stack.callback(self._hub.leave, watch)
            case "sessions" if not session:
                if line.caller.within:
                    raise Forbidden("The topic sessions is for who may read.")
                feed = SessionLive.feed(line.caller.person)
                watch = await self._hub.listen(feed, line.outlet)
                line.stack.callback(self._hub.leave, watch)
            case "notices" if not session:
                if "read" not in line.caller.scopes:
                    raise Forbidden("The topic notices is for who may read.")
                task = asyncio.ensure_future(self._tell_notices(line.caller, line.outlet))
                line.stack.callback(task.cancel)
            case "events" | "system" if not session:
                if line.caller.role != "owner" or "read" not in line.caller.scopes:
                    raise Forbidden(f"The topic {kind} is for the owner.")
                if kind == "system":
                    task = asyncio.ensure_future(self._tell_system(line.outlet))
                    line.stack.callback(task.cancel)
                else:
                    line.stack.enter_context(self._happenings(_teller(line.outlet)))
            case _:
                raise Invalid(
                    "The topics are `chat:` with a conversation's name, `sessions`, `notices`,"
                    " `events` and `system`."
                )

    async def _tell_notices(self, who: Caller, outlet: Outlet) -> None:
        async for found in self._notices(who):
            outlet.put(of_model("", "notices", found))

    async def _tell_system(self, outlet: Outlet) -> None:
        told: BaseModel | None = None
        while True:
            now = self._system()
            if now != told:
                outlet.put(of_model("", "system", now))
                told = now
            await asyncio.sleep(LOOK_SECONDS)


class Line:
    """One client on its socket.

    Args:
        sockets: who tells the topics.
        caller: the client.
        outlet: where its frames go.
        stack: what is let go of at the end.
    """

    def __init__(
        self, sockets: Sockets, caller: Caller, outlet: Outlet, stack: AsyncExitStack
    ) -> None:
        self.caller = caller
        self.outlet = outlet
        self.stack = stack
        self._sockets = sockets
        self._topics: set[str] = set()
        self._heard: deque[float] = deque(maxlen=MOST_MESSAGES)

    async def hear(self, text: str) -> None:
        """Take what the client says.

        Raises:
            Invalid: it says nothing sensible, or too much.
            NotFound, Forbidden, Transient: as `Sockets.open` says.
        """
        now = time.monotonic()
        if len(self._heard) == MOST_MESSAGES and now - self._heard[0] < PER_SECONDS:
            raise Invalid("Too many messages.")
        self._heard.append(now)
        if len(text) > LARGEST:
            raise Invalid("The message is too long.")
        try:
            wish = Subscribe.model_validate_json(text)
        except ValidationError:
            raise Invalid('Say which topics you want: {"subscribe": ["sessions"]}.') from None
        for topic in wish.subscribe:
            if topic in self._topics:
                continue
            if len(self._topics) >= MOST_TOPICS:
                raise Invalid(f"One socket is for {MOST_TOPICS} topics at most.")
            self._topics.add(topic)
            await self._sockets.open(self, topic, wish.cursors.get(topic, ""))


def _teller(outlet: Outlet) -> Callable[[str, bytes], None]:
    return lambda cursor, data: outlet.put(Frame("", "events", data, cursor))


async def _hear(socket: WebSocket, line: Line) -> None:
    try:
        async with asyncio.timeout(FIRST_SECONDS):
            first = await _text(socket)
    except TimeoutError:
        raise Invalid("Nothing was asked for.") from None
    await line.hear(first)
    while True:
        await line.hear(await _text(socket))


async def _text(socket: WebSocket) -> str:
    message = await socket.receive()
    if message["type"] != "websocket.receive":
        raise WebSocketDisconnect(message.get("code", 1005))
    found = message.get("text")
    if found is None:
        raise Invalid("Messages are text.")
    return str(found)


async def _pump(socket: WebSocket, outlet: Outlet) -> None:
    while True:
        for frame in await outlet.take():
            await socket.send({"type": "websocket.send", "text": frame.ws})
