"""What the tests of every channel need of its vendor: a server that people use, and that fails.

A peer is a handle on a wire-level server in a process of its own, which speaks the vendor's
protocol. It proves how our side behaves, not how the vendor does. What an update is made of, only
the peer knows: a test makes one, lets it happen, lets it happen again.
"""

from __future__ import annotations

import os
import signal
import socket
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import httpx

from tests.processors.asking import House
from tests.ready import ready
from tests.stand import soon

LONG = 120
"""Seconds: on a busy machine a process takes long to begin."""

WIRES = tuple(
    f"tests.gateways.channels.{name}_wire" for name in ("discord", "email", "telegram", "whatsapp")
)
"""The servers."""

Side = Literal["send", "hear"]
"""What we ask the vendor for: to take something of ours, or what happened there."""
Fault = Literal["busy", "broken", "garbage", "lost", "silent", "blocked"]
"""What goes wrong: it asks us to wait, has a fault of its own, answers nonsense, does it and says
that it did not, does it and says nothing, or the person wants nothing of us."""
Odd = Literal["bot", "edited", "forwarded"]
"""A message that is no fresh word of a person."""


@dataclass(frozen=True, slots=True)
class Told:
    """A message of ours, as somebody there sees it now.

    Attributes:
        name: what the vendor calls it.
        chat: where it is.
        text: its words.
        buttons: what its buttons carry, yes before no.
        code: its blocks of code, without their marks.
        links: where its links lead.
    """

    name: str
    chat: str
    text: str
    buttons: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


class Peer(ABC):
    """A vendor's server.

    Attributes:
        name: the channel's.
        secret: the setting that we sign in with.
        right: its value that is right at first.
        owner: the id of somebody who is known, as the owner.
        member: the id of somebody who is known, and may not decide what the owner is asked.
        stranger: the id of somebody who is not known.
        length: the longest message, in the vendor's own count.
        waits: whether the vendor says how long we are to wait.
        lost: whether it can do a thing and say that it did not.
        recognises: whether it shows only once what we send twice.
        edits: whether what was sent can be changed.
        files: whether files go in and out.
        page: where a person reads a code that their messages there never show.
    """

    name: str
    secret: str
    right: str
    owner, member, stranger = "17", "18", "99"
    length: int
    waits = True
    lost = True
    recognises = False
    edits = True
    files = False
    page: House | None = None

    @property
    @abstractmethod
    def environment(self) -> dict[str, str]:
        """With which the process of the messengers finds this server."""

    async def meet(self, sockets: Path) -> None:  # noqa: B027 - most vendors do not call
        """Be told where the messengers are reached, where the vendor calls us."""

    @abstractmethod
    async def close(self) -> None:
        """Let go of the server."""

    # What people do there -------------------------------------------------------------------

    @abstractmethod
    def said(self, text: str, who: str, *, group: str = "") -> Any:
        """Return the update for what somebody says, alone with us or in a group."""

    @abstractmethod
    def odd(self, how: Odd, text: str, who: str) -> Any:
        """Return the update for a message that is no fresh word; None where there is no such."""

    @abstractmethod
    def attached(self, name: str, data: bytes, text: str, who: str = "") -> Any:
        """Return the update for a file that somebody sends, with words beside it."""

    @abstractmethod
    def hostile(self) -> Sequence[Any]:
        """Return updates that are wrong: oversized, half, of wrong types, of nobody."""

    @abstractmethod
    async def happen(self, *updates: Any) -> None:
        """Let updates come, in this order; the same one twice is a repeat."""

    @abstractmethod
    async def press(self, card: Told, *, yes: bool, who: str) -> None:
        """Press a button of a card; say its code where it has none."""

    @abstractmethod
    async def told(self, chat: str) -> list[Told]:
        """Return what a chat shows of us now, in the order of its arrival."""

    async def got(self, chat: str = "") -> list[tuple[str, bytes]]:
        """Return the files that a chat has of us; the owner's unless given."""
        return []

    async def code(self, card: Told) -> str:
        """Return the code of a card, from where a person reads it."""
        return card.text.partition("APPROVE ")[2][:9]

    # What goes wrong ------------------------------------------------------------------------

    @abstractmethod
    async def fail(self, side: Side, how: Fault, times: int = 1, seconds: float = 0) -> None:
        """Fail the next times that something is asked."""

    async def lose(self, times: int) -> bool:
        """Hand out no file the next times; return whether files are asked for on their own."""
        return False

    @abstractmethod
    async def away(self, gone: bool) -> None:
        """Be out of reach for everything that we ask, or be back."""

    @abstractmethod
    async def signs(self, secret: str) -> None:
        """Let only this secret be right from now on."""

    # For tests to read ----------------------------------------------------------------------

    async def say(self, text: str, who: str = "", *, group: str = "") -> None:
        """Let somebody say something; the owner unless given."""
        await self.happen(self.said(text, who or self.owner, group=group))

    async def texts(self, chat: str = "") -> list[str]:
        """Return the words that a chat shows of us; the owner's unless given."""
        return [one.text for one in await self.told(chat or self.owner)]

    async def hears(self, words: str, chat: str = "", many: int = 1) -> list[str]:
        """Wait until a chat shows so many messages with these words, each of them whole."""

        async def there() -> list[str]:
            texts = [text for text in await self.texts(chat) if not text.endswith(" …")]
            found = [text for text in texts if words in text]
            return found if len(found) >= many else []

        found: list[str] = await soon(there, LONG)
        return found

    async def card(self, words: str = "may this run?", chat: str = "") -> Told:
        """Wait for a card that says this."""

        async def there() -> Told | None:
            found = await self.told(chat or self.owner)
            return next((one for one in found if words in one.text), None)

        found: Told = await soon(there, LONG)
        return found


@asynccontextmanager
async def serving(module: str) -> AsyncIterator[httpx.AsyncClient]:
    """Run a wire-level server; give a client of it.

    Args:
        module: its Python module; its only argument is the listening socket it inherits (a port
            that is only told may be somebody else's by then), and it answers `GET /wire`.
    """
    with socket.create_server(("127.0.0.1", 0)) as door:
        process = await ready(*WIRES).begin("-m", module, "0", env=os.environ, stdin=door.fileno())
        url = f"http://127.0.0.1:{door.getsockname()[1]}"
    try:
        # A new line each time: the server may hang up on an idle one just when it is used again.
        none = httpx.Limits(max_keepalive_connections=0)
        async with httpx.AsyncClient(
            base_url=url, trust_env=False, timeout=20, limits=none
        ) as client:

            async def answers() -> bool:
                try:
                    return (await client.get("/wire")).is_success
                except httpx.TransportError:
                    return False

            await soon(answers, LONG)
            yield client
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()
