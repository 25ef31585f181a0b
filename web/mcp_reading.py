"""What a program may read by the Model Context Protocol: conversations, events, files."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import orjson

from gateways.mcp.base import SCHEME, Content, Readable, Watcher
from schemas.approvals import ApprovalView
from schemas.base import new_id
from schemas.errors import Forbidden, NotFound, Refused
from schemas.execution import Blocked, Executed, Going
from schemas.web import Turn
from web.auth import Caller
from web.talk import identifier

if TYPE_CHECKING:
    from web.mcp import Parts

LAST = 50
"""Conversations, events or turns in one answer."""
FILES = Readable(
    f"{SCHEME}://files/{{+path}}",
    "file",
    "The text of a file in an open folder; of a folder, with / at the end, what it holds.",
)
CONVERSATIONS = Readable(
    f"{SCHEME}://conversations",
    "conversations",
    "Your conversations, the one that was spoken in last first.",
    "application/json",
)
CONVERSATION = Readable(
    f"{SCHEME}://conversations/{{id}}", "conversation", "What was said in it.", "text/markdown"
)
EVENTS = Readable(
    f"{SCHEME}://events", "events", "What happened, the newest first.", "application/json"
)

Call = Callable[[str, dict[str, Any], str, Watcher], Awaitable[Executed | Blocked | Going]]


class Reading:
    """Reads for one caller.

    Args:
        parts: where what is read comes from.
        who: the caller.
        call: calls a tool in their name.
    """

    def __init__(self, parts: Parts, who: Caller, call: Call) -> None:
        self._parts, self._who, self._call = parts, who, call

    async def readables(self) -> Sequence[Readable]:
        """Return what they may read."""
        talks = (CONVERSATIONS, CONVERSATION) if self._may("chat") else ()
        return (*talks, *((EVENTS,) if self._hears_all() else ()), FILES)

    async def read(self, uri: str) -> Content:
        """Return what stands at an address.

        Raises:
            NotFound: nothing, for them.
            Refused, Transient: it cannot be read.
        """
        path = file_of(uri)
        if path:
            return await read_file(self._call, path)
        match uri.removeprefix(f"{SCHEME}://").split("/", 1):
            case ["events"] if self._hears_all():
                told = await self._parts.told(LAST)
                rows = [{"id": entry, "event": orjson.loads(data)} for entry, data in told]
                return Content(orjson.dumps(rows).decode(), EVENTS.media)
            case ["conversations"] if self._may("chat"):
                found = await self._parts.listed(self._who.person, LAST)
                return Content(found.model_dump_json(), CONVERSATIONS.media)
            case ["conversations", session] if self._may("chat"):
                name = identifier(session, "A conversation's name")
                await self._own(name)
                page = await self._parts.past.page(name, None, LAST)
                told_turns = "\n\n".join(_told(turn) for turn in reversed(page.turns))
                return Content(told_turns, "text/markdown")
        raise NotFound(f"There is nothing to read at {uri[:200]!r}.")

    async def _own(self, session: str) -> None:
        try:
            await self._parts.talk.own(self._who, session)
        except Forbidden:
            # Whose it is, is none of their business either.
            raise NotFound("There is no such conversation.") from None

    def _may(self, scope: str) -> bool:
        return scope in self._who.scopes

    def _hears_all(self) -> bool:
        # As on the page: what happens on the server is its owner's.
        return self._who.role == "owner" and self._may("read")


def file_of(uri: str) -> str:
    """Return which file an address names; '' if it names none."""
    before = f"{SCHEME}://files/"
    return unquote(uri.removeprefix(before)) if uri.startswith(before) else ""


async def read_file(call: Call, path: str) -> Content:
    """Return the text of a file by the agent's own tool: the same rules, and written down.

    Args:
        call: calls a tool.
        path: the file; a folder where it ends with /.

    Raises:
        NotFound: it is not there, or closed.
        Refused: it cannot be read.
    """
    tool = "files_list" if path.endswith("/") else "files_read"
    found = await call(tool, {"path": path.rstrip("/") or "/"}, new_id(), _Silent())
    if isinstance(found, Executed) and found.ok:
        headline, _, text = found.content.partition("\n")
        return Content(text or headline)
    if isinstance(found, Executed):
        raise NotFound(found.content) if found.code == "not_found" else Refused(found.content)
    raise Refused(found.reason if isinstance(found, Blocked) else "It takes too long to read.")


def _told(turn: Turn) -> str:
    answer = turn.answer.text if turn.answer else "…"
    return f"## {turn.question}\n\n{answer}"


class _Silent:
    """Nobody watches a file being read."""

    async def says(self, text: str) -> None:
        """Take no notice."""

    async def asks(self, request: ApprovalView) -> None:
        """Take no notice."""
