"""What a channel is to the pipeline, and what people do there.

A channel speaks a vendor's protocol and knows nothing of sessions, tools or approvals. It hands on
what it heard; who that was, by their id there, is known or not; and only a fresh message of a
known person, or a button of a card, can be a decision.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from schemas.approvals import ApprovalView, Verdict
from schemas.chat import Parcel
from schemas.errors import NotFound

State = Literal["off", "starting", "running", "failing"]

PREFIX = "!"
"""How a message begins that is meant for us, where others read and it does not name us."""
NOT_READ = "I cannot take in {} here: only text, pictures and files."


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do.

    Attributes:
        buttons: whether a card can have some; else a keyword and a code decide.
        edits: whether what was sent can be changed.
        length: the longest message, in characters.
        files: whether files go in and out; else that is said.
    """

    buttons: bool = False
    edits: bool = False
    length: int = 4_000
    files: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that came with a message; it was not fetched yet.

    Attributes:
        ref: what the channel calls it.
        name: what the sender's device calls it; shown, and never a path.
        size: its bytes, as the channel says.
    """

    ref: str
    name: str
    size: int


Fetch = Callable[[Sent], AsyncGenerator[bytes]]
"""Fetches a file from the channel's server, piece by piece."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that somebody sent.

    Attributes:
        id: the channel's own id of it: seen again, it is the same message.
        who: the sender's id there; names prove nothing.
        chat: where the answer goes.
        text: what it says.
        fresh: false for what was edited, forwarded or quoted: that is talk, and no decision.
        private: whether nobody else reads in that chat.
        name: what the sender calls themselves; it is shown, and proves nothing.
        proven: false where the channel itself cannot say that it is from whom it says; then
            nothing of it is taken in.
        files: what came with it.
        fetch: brings the bytes of these; nothing is fetched of a stranger's.
        unread: in words, why nothing of it can be taken in here; "" where it can. A channel says
            it to nobody by itself: whoever is known is told it.
        among: whether people speak to others there too.
    """

    id: str
    who: str
    chat: str
    text: str
    fresh: bool = True
    private: bool = False
    name: str = ""
    proven: bool = True
    files: tuple[Sent, ...] = ()
    fetch: Fetch | None = None
    unread: str = ""
    among: bool = False


@dataclass(frozen=True, slots=True)
class Aside:
    """What somebody said to others, where we read too.

    Attributes:
        id: the channel's own id of it.
        chat: where.
        name: what they call themselves; it proves nothing.
        text: what it says.
    """

    id: str
    chat: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button of a card that somebody pressed.

    Attributes:
        id: the channel's own id of the press.
        who: the id of whoever pressed.
        chat: where the card is.
        approval: what it is about.
        verdict: which button.
        token: what the button carried.
    """

    id: str
    who: str
    chat: str
    approval: str
    verdict: Verdict
    token: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of something that was heard.

    Attributes:
        turn: the turn that answers it; "" where there is none.
        session: the turn's conversation.
        told: what whoever sent it is told at once; "" for nothing.
    """

    turn: str = ""
    session: str = ""
    told: str = ""


News = Heard | Pressed | Aside
"""What happened there."""
Receive = Callable[[News], Awaitable[Taken]]
"""Takes in what happened; when it returns, that is durable."""


class Ledger(Protocol):
    """What was handed over already, and as what; it outlives this process."""

    async def sent(self, channel: str, delivery: str) -> str | None:
        """Return what the channel called a delivery; None where it has not happened."""
        ...

    async def note(self, channel: str, delivery: str, name: str) -> None:
        """Write down what the channel called it."""
        ...


@dataclass(frozen=True, slots=True)
class Shown:
    """A card as one place shows it.

    Attributes:
        view: what is asked, and how it stands.
        chat: where.
        token: what its buttons carry; None when there are none any more.
        code: what a keyword needs; None where another place must show it.
    """

    view: ApprovalView
    chat: str
    token: str | None = None
    code: str | None = None


class Channel(Protocol):
    """One way to people."""

    @property
    def name(self) -> str:
        """What it is called in messages."""
        ...

    @property
    def can(self) -> Capabilities:
        """What it can do."""
        ...

    @property
    def state(self) -> State:
        """How it is."""
        ...

    async def start(self, receive: Receive) -> None:
        """Begin to listen."""
        ...

    async def stop(self) -> None:
        """Listen no more."""
        ...

    async def deliver(self, part: Parcel) -> None:
        """Hand over a part of an answer; its id is the delivery's, and a repeat is no second one.

        Raises:
            Transient: not now.
            Refused: never.
        """
        ...

    async def show(self, card: Shown) -> None:
        """Show a card, or show it otherwise: the one of the same approval is changed.

        Raises:
            Transient: not now.
            Refused: never.
        """
        ...


class Channels:
    """The channels that are on in this process.

    Args:
        channels: those that are on from the beginning.
    """

    def __init__(self, channels: Iterable[Channel] = ()) -> None:
        self._channels: dict[str, Channel] = {one.name: one for one in channels}

    def get(self, name: str) -> Channel:
        """Return a channel.

        Raises:
            NotFound: there is none of that name.
        """
        if name not in self._channels:
            raise NotFound(f"There is no channel named {name}.")
        return self._channels[name]

    def add(self, channel: Channel) -> None:
        """Let a channel be on; it was started."""
        self._channels[channel.name] = channel

    def remove(self, name: str) -> None:
        """Let a channel be off."""
        self._channels.pop(name, None)
