"""How what people do on a channel comes in: signed, and in the name of whose id it is there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from hashlib import sha256
from typing import Any, Protocol

import structlog
from pydantic import ValidationError

from gateways.channels.base import Aside, Heard, News, Pressed, Taken
from gateways.channels.shelf import Shelf
from schemas.base import new_id
from schemas.chat import Attachment, Control, Received, Remark
from schemas.errors import Invalid
from streams.accept import Ingress
from streams.remarks import Remarks, remark

log = structlog.get_logger("channels")

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


class Door:
    """Takes in what a channel heard, signed with the channel's own key.

    Args:
        channel: its name.
        ingress: the gateway's door.
        people: who somebody is, by their id there.
        strangers: what the others are told; nothing unless given.
        shelf: takes in the files that come; none are taken in unless given.
        remarks: keeps what people say to others; nothing of it is kept unless given.
    """

    def __init__(  # noqa: PLR0917 - all that a door stands on
        self,
        channel: str,
        ingress: Ingress,
        people: Known,
        strangers: Strangers | None = None,
        shelf: Shelf | None = None,
        remarks: Remarks | None = None,
    ) -> None:
        self._channel, self._ingress, self._people = channel, ingress, people
        self._strangers, self._shelf, self._remarks = strangers, shelf, remarks

    async def receive(self, heard: News) -> Taken:
        """Take in a message or a press; a stranger's changes nothing, and goes nowhere.

        What somebody says to others is kept for a while, where somebody known called the server
        lately: as material for the next one who does.

        Raises:
            Conflict, Invalid, TooMuch, Closed: as for every gateway.
            Transient, Refused: a file that came with it cannot be fetched, or kept.
        """
        if isinstance(heard, Aside):
            await self._overhear(heard)
            return Taken()
        person = self._people(heard.who)
        if person is None:
            return await self._stranger(heard)
        if isinstance(heard, Heard) and not heard.proven:
            log.warning("channel.unproven", channel=self._channel)
            return Taken(told=UNPROVEN)
        if isinstance(heard, Heard) and heard.unread:
            return Taken(told=heard.unread)
        try:
            files = await self._kept(heard, person) if isinstance(heard, Heard) else ()
            message = self._message(heard, person, files, await self._said_around(heard))
        except ValidationError as error:
            fault = error.errors(include_input=False, include_url=False, include_context=False)[0]
            raise Invalid(f"This cannot be taken in: {fault['msg'][:200]}.") from None
        accepted = await self._ingress.accept(message, f"{self._channel}:{heard.id}")
        if isinstance(message, Control) or not accepted.fresh:
            return Taken()
        return Taken(accepted.id, message.session)

    async def _stranger(self, heard: Heard | Pressed) -> Taken:
        log.info("channel.stranger", channel=self._channel)
        if self._strangers is None or not (isinstance(heard, Heard) and heard.private):
            return Taken()
        return Taken(told=await self._strangers.greet(self._channel, heard) or "")

    async def _overhear(self, aside: Aside) -> None:
        """Keep what was said to others, where it may be kept."""
        if self._remarks is None or (said := remark(aside.name, aside.text)) is None:
            return
        caller = await self._remarks.caller(self._channel, aside.chat)
        if caller is None:
            return
        if self._people(caller) is None:
            # Who called it there is a stranger again, and the chat with them.
            await self._remarks.forget(self._channel, aside.chat)
            return
        await self._remarks.keep(self._channel, aside.chat, aside.id, said)

    async def _said_around(self, heard: Heard | Pressed) -> tuple[Remark, ...]:
        if self._remarks is None or not (isinstance(heard, Heard) and heard.among):
            return ()
        return await self._remarks.called(self._channel, heard.chat, heard.who)

    async def _kept(self, heard: Heard, person: str) -> tuple[Attachment, ...]:
        """Take in the files of a message; heard again, they are the same ones."""
        if not heard.files:
            return ()
        if self._shelf is None or heard.fetch is None:
            raise Invalid("No files are taken in here.")
        found: list[Attachment] = []
        for number, one in enumerate(heard.files):
            source = f"{self._channel}:{heard.id}:{number}:{person}"
            async with aclosing(heard.fetch(one)) as pieces:
                found.append(await self._shelf.keep(source, person, one.name, pieces))
        return tuple(found)

    def _message(
        self,
        heard: Heard | Pressed,
        person: str,
        files: tuple[Attachment, ...],
        remarks: tuple[Remark, ...],
    ) -> Received | Control:
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
        # Beside a file, words are talk about it.
        word = Control.word(heard.text) if heard.fresh and not files else None
        if word is not None:
            return Control(**word, **common)
        # Where nothing was said, the names of the files stand in its place.
        names = "" if heard.text.strip() else ", ".join(one.name for one in files)
        text = names or heard.text
        return Received(text=text, attachments=files, remarks=remarks, **common)
