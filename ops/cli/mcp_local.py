"""What a program has that this terminal started: the same as the person at it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from gateways.mcp.base import Content, Readable, Watcher
from ops.cli import place
from ops.cli.conversation import Conversation, NoAnswer
from ops.settings import Settings
from processors.agent.people import OWNER
from processors.tools.outcome import outcome, words
from processors.tools.registry import Registry
from schemas.approvals import ApprovalView
from schemas.errors import NotFound
from schemas.execution import Blocked, Executed, Going
from schemas.feed import LiveEvent, Printed
from schemas.tools import ToolSpec
from streams.record import TurnRecord
from web.mcp_reading import FILES, file_of, read_file

LONGEST_SECONDS = 3_600.0
"""How long a call is waited for; a person has at most a quarter of that to decide."""


class Local:
    """The terminal's own line into the pipeline, for one program.

    Args:
        here: the settings.
    """

    def __init__(self, here: Settings) -> None:
        self._here = here
        found = place.house(here)[Registry]
        assert isinstance(found, Registry)
        self._registry = found

    async def tools(self) -> Sequence[ToolSpec]:
        """Return the tools that the person at the terminal may use."""
        return self._registry.specs("full", person=OWNER, channel="terminal")

    async def call(
        self, tool: str, arguments: dict[str, Any], key: str, watcher: Watcher
    ) -> Executed | Blocked | Going:
        """Call a tool and wait for what it brings back.

        Raises:
            Refused, Transient: it was not taken in.
        """
        # A conversation of its own, by the call's name: the same call again is in the same one.
        conversation = Conversation(self._here, f"once-{key}")
        paper, stop = _Paper(watcher), asyncio.Event()
        said = words(tool, arguments)
        saying = asyncio.ensure_future(
            conversation.say(
                said, paper, seconds=LONGEST_SECONDS, stop=stop, asks=paper.asks, key=key
            )
        )
        try:
            async with paper:
                turn = (await asyncio.shield(saying)).turn
            return outcome(TurnRecord(turn, await conversation.record(turn)))
        except NoAnswer as error:
            return Going(turn=error.turn, state="working")
        except asyncio.CancelledError:
            stop.set()
            await asyncio.wait((saying,))
            raise
        finally:
            await conversation.close()

    async def readables(self) -> Sequence[Readable]:
        """Return what may be read: files, by the agent's own rules."""
        return (FILES,)

    async def read(self, uri: str) -> Content:
        """Return what stands at an address.

        Raises:
            NotFound: nothing.
            Refused, Transient: it cannot be read.
        """
        path = file_of(uri)
        if not path:
            raise NotFound(f"There is nothing to read at {uri[:200]!r}.")
        return await read_file(self.call, path)


class _Paper:
    """Hands what happens in a turn to whoever waits for the call.

    Args:
        watcher: who that is.
    """

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._news: asyncio.Queue[str | ApprovalView] = asyncio.Queue()
        self._asked: set[str] = set()
        self._telling: asyncio.Task[None] | None = None

    async def __aenter__(self) -> None:
        self._telling = asyncio.ensure_future(self._tell())

    async def __aexit__(self, *_: object) -> None:
        assert self._telling is not None
        self._telling.cancel()
        await asyncio.wait((self._telling,))

    def event(self, event: LiveEvent) -> None:
        """Take what the call has written."""
        if isinstance(event, Printed):
            self._news.put_nowait(event.text)

    def tick(self) -> None:
        """Time goes by."""

    def asks(self, request: ApprovalView) -> None:
        """Take notice of a question to a person."""
        if request.state == "pending" and request.id not in self._asked:
            self._asked.add(request.id)
            self._news.put_nowait(request)

    async def _tell(self) -> None:
        while True:
            news = await self._news.get()
            if isinstance(news, str):
                await self._watcher.says(news)
            else:
                await self._watcher.asks(news)
