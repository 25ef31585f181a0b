"""Files in mails: those that came with one, and those that go out with an answer."""

from __future__ import annotations

import asyncio
import mimetypes
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage

from gateways.channels.base import Fetch, Sent
from gateways.channels.files import plain_name
from gateways.channels.shelf import ON_THE_PAGE, Lent, Shelf
from schemas.chat import Parcel
from schemas.errors import Refused

MOST = 16
"""Files of one mail that are taken in."""
LARGEST_MAIL = 10 << 20
"""Bytes of all files of one mail that goes out; many servers take no larger ones."""
PIECE = 1 << 16
SIGNATURES = frozenset(
    {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}
)
"""What a mail program adds by itself: nobody sends it as a file."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file that came with a mail.

    Attributes:
        name: what the sender's program calls it; shown, and never a path.
        part: where its bytes are; they are unpacked once they are wanted.
    """

    name: str
    part: EmailMessage = field(repr=False, compare=False)

    def data(self) -> bytes:
        """Return its bytes; blocks, so call it in a thread."""
        found = self.part.get_payload(decode=True)
        return found if isinstance(found, bytes) else b""


def attached(message: EmailMessage, *, whole: bool) -> tuple[tuple[Part, ...], tuple[str, ...]]:
    """Return the files of a mail that can be taken in, and the names of the others.

    Args:
        message: the mail.
        whole: whether all of it was read; else nobody knows which of its files is.
    """
    files: list[Part] = []
    others: list[str] = []
    for one in message.iter_attachments():
        if one.get_content_type() in SIGNATURES:
            continue
        name = _line(one.get_filename() or "file")
        if whole and len(files) < MOST and isinstance(one, EmailMessage) and not _nested(one):
            files.append(Part(name, one))
        else:
            others.append(name)
    return tuple(files), tuple(others[:MOST])


def _nested(part: EmailMessage) -> bool:
    """Whether a part is a mail of its own, or many parts."""
    return part.is_multipart()


def _line(name: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in name).split())[:200]


def fetching(files: Sequence[Part]) -> Fetch:
    """Return what brings the bytes of these files, which are named by their numbers."""

    async def fetch(sent: Sent) -> AsyncGenerator[bytes]:
        data = await asyncio.to_thread(files[int(sent.ref)].data)
        for at in range(0, len(data), PIECE):
            yield data[at : at + PIECE]

    return fetch


async def enclosed(part: Parcel, shelf: Shelf | None) -> tuple[tuple[Lent, ...], str]:
    """Return the files that go with an answer, and what is said of those that cannot.

    Args:
        part: the last part of an answer.
        shelf: lends the files.
    """
    files: list[Lent] = []
    words: list[str] = []
    for one in part.files:
        name = plain_name(one.path)
        try:
            if shelf is None:
                raise Refused(f"No files are sent here; {ON_THE_PAGE}")
            lent = await shelf.lend(one.path)
        except Refused as error:
            words.append(f"{name} is not sent here. {error}"[:1_000])
            continue
        if sum(len(each.data) for each in files) + len(lent.data) > LARGEST_MAIL:
            most = LARGEST_MAIL >> 20
            words.append(f"{name} is not sent here: {most} MB go into a mail; {ON_THE_PAGE}")
            continue
        files.append(Lent(name, lent.data))
    return tuple(files), "\n".join(words)


def enclose(message: EmailMessage, files: Sequence[Lent], boundary: str) -> None:
    """Put files into a mail.

    Args:
        message: the mail, with its text.
        files: what goes with it.
        boundary: what divides its parts: the same mail has the same one again.
    """
    for one in files:
        main, _, sub = (mimetypes.guess_type(one.name)[0] or "").partition("/")
        if main in {"", "message", "multipart"}:
            main, sub = "application", "octet-stream"
        message.add_attachment(one.data, maintype=main, subtype=sub, filename=one.name)
    if files:
        message.set_boundary(boundary)
