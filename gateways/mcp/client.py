"""Speaks with a foreign MCP server; nothing that it says is believed, or longer than it may be."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from gateways.mcp.bounds import cutting
from gateways.mcp.pipe import started
from schemas.errors import Transient
from schemas.foreign import Brought, Offered

if TYPE_CHECKING:
    from mcp import Client

ANSWER_SECONDS = 20.0
"""How long a server may take to say who it is or what it has."""
CALL_SECONDS = 120.0
"""How long a call may take."""
MOST_TOOLS, MOST_PAGES = 200, 20
LONGEST_WORDS, LONGEST_SCHEMA, LONGEST_RESULT = 4_000, 32_000, 48_000
"""Characters of a description, of a schema as JSON, of a result."""


class Endless(Transient):
    """The list of tools has no end."""

    code = "endless"


class Foreign:
    """A server that answers.

    Args:
        client: the line to it.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    async def tools(self) -> tuple[Offered, ...]:
        """Return what it offers; what is too large or strangely named is left out.

        Raises:
            Endless: it goes on and on.
        """
        found: dict[str, Offered] = {}
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            page = await self._client.list_tools(cursor=cursor)
            for tool in page.tools:
                offered = _offered(tool.model_dump(mode="json", by_alias=True, exclude_none=True))
                if offered is not None:
                    found.setdefault(offered.name, offered)
            cursor = page.next_cursor
            if len(found) > MOST_TOOLS:
                break
            if cursor is None:
                return tuple(found.values())
        raise Endless(f"It has more than {MOST_TOOLS} tools, or its list has no end.")

    async def call(self, tool: str, arguments: dict[str, Any]) -> Brought:
        """Call one of its tools."""
        found = await self._client.call_tool(tool, arguments, read_timeout_seconds=CALL_SECONDS)
        text = "\n".join(_worded(one.model_dump(mode="json")) for one in found.content)
        if len(text) > LONGEST_RESULT:
            text = f"{text[:LONGEST_RESULT]}\n… {len(text) - LONGEST_RESULT} more characters"
        return Brought(ok=not found.is_error, text=text, code="failed" if found.is_error else None)


@asynccontextmanager
async def speaking(
    command: Sequence[str], url: str, token: str, changed: Callable[[], None]
) -> AsyncIterator[Foreign]:
    """Speak with a server until the end of the block.

    Args:
        command: how it is started, with its room around it; empty for one at an address.
        url: its address.
        token: what is shown there; '' for nothing.
        changed: is called when it says that its tools are others now.

    Raises:
        Flood: it said too much, and was cut off; the block ends at once.
        Ended: the program is gone, or could not be started; so does it then.
    """
    # In a thread: it takes seconds, and who is silent for so long counts as hung.
    await asyncio.to_thread(importlib.import_module, "gateways.mcp.address")
    await asyncio.to_thread(importlib.import_module, "mcp.client.streamable_http")
    from mcp import Client  # noqa: PLC0415
    from mcp.client.streamable_http import streamable_http_client  # noqa: PLC0415

    from gateways.mcp import address  # noqa: PLC0415 - loaded by then

    async def hears(message: Any) -> None:
        if getattr(message, "method", "") == "notifications/tools/list_changed":
            changed()

    more: Any = {"read_timeout_seconds": ANSWER_SECONDS, "message_handler": hears}
    with cutting() as cut:
        if command:
            async with Client(started(command, {}, cut), **more) as client:
                yield Foreign(client)
            return
        async with (
            address.client(token, cut) as http,
            Client(streamable_http_client(url, http_client=http), **more) as client,
        ):
            yield Foreign(client)


def _offered(tool: dict[str, Any]) -> Offered | None:
    name, schema = str(tool["name"]), tool.get("inputSchema") or {}
    written = json.dumps(schema, sort_keys=True)
    if not (0 < len(name) <= 128 and name.isascii() and name.isprintable() and " " not in name):
        return None
    if len(written) > LONGEST_SCHEMA:
        return None
    words = str(tool.get("description") or "")[:LONGEST_WORDS]
    return Offered(name=name, description=words, parameters=schema, pin=pin(tool))


def pin(tool: dict[str, Any]) -> str:
    """Return the hash of all that a tool says of itself."""
    said = {key: value for key, value in tool.items() if key not in {"icons", "_meta"}}
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]


def _worded(block: dict[str, Any]) -> str:
    match block:
        case {"type": "text", "text": str(text)}:
            return text
        case {"type": "resource", "resource": {"text": str(text)}}:
            return text
        case {"type": kind}:
            return f"[{kind}, which cannot be shown here]"
    return "[something that cannot be shown here]"
