"""What a channel is to the pipeline, and how what people do there comes in.

A channel speaks a vendor's protocol and knows nothing of sessions, tools or approvals. It hands on
what it heard; who that was, by their id there, is known or not; and only a fresh message of a
known person, or a button of a card, can be a decision.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal, Protocol

import structlog
from pydantic import ValidationError

from schemas.approvals import ApprovalView, Verdict
from schemas.base import new_id
from schemas.chat import Control, Parcel, Received
from schemas.errors import Invalid, NotFound
from streams.accept import Ingress

log = structlog.get_logger("channels")

State = Literal["off", "starting", "running", "failing"]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do.

    Attributes:
        buttons: whether a card can have some; else a keyword and a code decide.
        edits: whether what was sent can be changed.
        length: the longest message, in characters.
    """

    buttons: bool = False
    edits: bool = False
    length: int = 4_000


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
    """

    id: str
    who: str
    chat: str
    text: str
    fresh: bool = True
    private: bool = False
    name: str = ""
    proven: bool = True


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
        told: what a stranger is told at once; "" for nothing.
    """

    turn: str = ""
    session: str = ""
    told: str = ""


Receive = Callable[[Heard | Pressed], Awaitable[Taken]]
"""Takes in what happened; when it returns, that is durable."""

Known = Callable[[str], str | None]
"""Returns the person whom an id belongs to; None for a stranger's."""


UNPROVEN = (
    "Something came that says it is from you, and nothing proves that it is. What it says was not"
    " read. If it was you, answer this with what you want."
)


class Strangers(Protocol):
    """Says what somebody is told who is not known."""

    async def greet(self, channel: str, heard: Heard) -> str | None:
        """Return what they are told; None where they are told nothing."""
        ...


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


class Door:
    """Takes in what a channel heard, signed with the channel's own key.

    Args:
        channel: its name.
        ingress: the gateway's door.
        people: who somebody is, by their id there.
        strangers: what the others are told; nothing unless given.
    """

    def __init__(
        self, channel: str, ingress: Ingress, people: Known, strangers: Strangers | None = None
    ) -> None:
        self._channel, self._ingress, self._people = channel, ingress, people
        self._strangers = strangers

    async def receive(self, heard: Heard | Pressed) -> Taken:
        """Take in a message or a press; a stranger's changes nothing, and goes nowhere.

        Raises:
            Conflict, Invalid, TooMuch, Closed: as for every gateway.
        """
        person = self._people(heard.who)
        if person is None:
            log.info("channel.stranger", channel=self._channel)
            alone = isinstance(heard, Heard) and heard.private
            if self._strangers is None or not alone:
                return Taken()
            assert isinstance(heard, Heard)
            return Taken(told=await self._strangers.greet(self._channel, heard) or "")
        if isinstance(heard, Heard) and not heard.proven:
            log.warning("channel.unproven", channel=self._channel)
            return Taken(told=UNPROVEN)
        try:
            message = self._message(heard, person)
        except ValidationError as error:
            fault = error.errors(include_input=False, include_url=False, include_context=False)[0]
            raise Invalid(f"This cannot be taken in: {fault['msg'][:200]}.") from None
        accepted = await self._ingress.accept(message, f"{self._channel}:{heard.id}")
        if isinstance(message, Control) or not accepted.fresh:
            return Taken()
        return Taken(accepted.id, message.session)

    def _message(self, heard: Heard | Pressed, person: str) -> Received | Control:
        name = new_id()
        # A chat is a conversation; another person in it has their own.
        both = f"{heard.chat} {person}"
        common: dict[str, Any] = {
            "id": name,
            "trace": name,
            "session": f"{self._channel}-{sha256(both.encode()).hexdigest()[:32]}",
            "person": person,
            "channel": self._channel,
            "chat": heard.chat,
        }
        if isinstance(heard, Pressed):
            return Control(
                action="decide",
                approval=heard.approval,
                verdict=heard.verdict,
                token=heard.token,
                **common,
            )
        word = Control.word(heard.text) if heard.fresh else None
        if word is not None:
            return Control(**word, **common)
        return Received(text=heard.text, **common)
