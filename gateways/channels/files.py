"""Handing over the files that a turn offers, each once, and their names."""

from __future__ import annotations

from pathlib import PurePath
from typing import Protocol

from gateways.channels.shelf import ON_THE_PAGE, Shelf
from schemas.chat import Parcel
from schemas.errors import Invalid, Refused

LONGEST_NAME = 120


class Sender(Protocol):
    """Sends files on one channel."""

    async def has(self, delivery: str) -> bool:
        """Whether something was handed over already."""
        ...

    async def file(self, chat: str, name: str, data: bytes, *, note: str) -> None:
        """Send a file as it is, and write down that it was."""
        ...

    async def remark(self, chat: str, name: str, words: str, *, note: str) -> None:
        """Say something of a file, once."""
        ...


async def hand_over(
    part: Parcel,
    sender: Sender,
    shelf: Shelf | None,
    *,
    alone: bool,
    gone: type[Refused] | tuple[type[Refused], ...],
) -> None:
    """Send the files that go with an answer, each once; of one that cannot be sent it is said why.

    Args:
        part: the last part of an answer.
        sender: sends.
        shelf: lends the files.
        alone: whether nobody else reads in that chat.
        gone: what says that this person can be told nothing.

    Raises:
        Transient: not now.
        Refused: as `gone` says: never.
    """
    for number, one in enumerate(part.files):
        delivery = f"{part.id}#file{number}"
        if await sender.has(delivery):
            continue
        try:
            if shelf is None or not alone:
                raise Invalid(f"Others read here; {ON_THE_PAGE}")
            lent = await shelf.lend(one.path)
            await sender.file(part.chat, plain_name(lent.name), lent.data, note=delivery)
        except gone:
            raise
        except Refused as error:
            words = f" is not sent here. {error}"
            await sender.remark(part.chat, plain_name(one.path), words[:1_000], note=delivery)


def plain_name(path: str) -> str:
    """Return a file's name as it can be shown and sent: without folders and control signs."""
    shown = "".join(sign for sign in PurePath(path).name if sign.isprintable() and sign != '"')
    return shown.strip()[-LONGEST_NAME:] or "file"
