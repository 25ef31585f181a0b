"""What an MCP server of ours stands in front of, for one caller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from schemas.approvals import ApprovalView
from schemas.execution import Blocked, Executed, Going
from schemas.tools import ToolSpec

SCHEME = "nexus"
"""Of the addresses of what can be read: `nexus://files/notes.md`."""


@dataclass(frozen=True)
class Readable:
    """Something that a caller may read.

    Attributes:
        uri: its address, or with `{…}` in it the form of many.
        name: a short name.
        description: what stands there, in one sentence.
        media: of what kind it is.
    """

    uri: str
    name: str
    description: str
    media: str = "text/plain"

    @property
    def many(self) -> bool:
        """Whether it is the form of many addresses."""
        return "{" in self.uri


@dataclass(frozen=True)
class Content:
    """What stands at an address.

    Attributes:
        text: all of it, or as much as one answer holds.
        media: of what kind it is.
    """

    text: str
    media: str = "text/plain"


class Watcher(Protocol):
    """Hears how far a call is, while it is waited for."""

    async def says(self, text: str) -> None:
        """Take what the call says while it runs."""
        ...

    async def asks(self, request: ApprovalView) -> None:
        """Take notice that a person is asked first."""
        ...


class Behind(Protocol):
    """What one caller has."""

    async def tools(self) -> Sequence[ToolSpec]:
        """Return the tools that they may use."""
        ...

    async def call(
        self, tool: str, arguments: dict[str, Any], key: str, watcher: Watcher
    ) -> Executed | Blocked | Going:
        """Call a tool, through the same pipeline as everybody, and wait for what it brings back.

        Whoever is cancelled while waiting wants it no more: the turn is told to stop.

        Args:
            tool: its name.
            arguments: plain JSON.
            key: names the call: the same one again is the same call, and runs once.
            watcher: hears how far it is.

        Raises:
            Refused, Transient: it was not taken in.
        """
        ...

    async def readables(self) -> Sequence[Readable]:
        """Return what they may read."""
        ...

    async def read(self, uri: str) -> Content:
        """Return what stands at an address.

        Raises:
            NotFound: nothing, for them.
            Refused, Transient: it cannot be read.
        """
        ...
