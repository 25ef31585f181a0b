"""Files in mails: what is taken in, what goes out, and what does not."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import PurePath

import pytest

from gateways.channels.base import Sent
from gateways.channels.email_files import LARGEST_MAIL, MOST, attached, enclose, enclosed, fetching
from gateways.channels.shelf import ON_THE_PAGE, Lent
from schemas.chat import Enclosed, Parcel
from schemas.errors import NotFound

BOUNDARY = "=_0a1b"


def mail(*files: tuple[str, bytes], kind: str = "application/octet-stream") -> EmailMessage:
    """Return a mail with these files, as it is read."""
    message = EmailMessage()
    message.set_content("look")
    main, _, sub = kind.partition("/")
    for name, data in files:
        message.add_attachment(data, maintype=main, subtype=sub, filename=name)
    found = message_from_bytes(bytes(message), policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


async def test_a_file_comes_as_it_was_sent() -> None:
    data = bytes(range(256)) * 1_000
    (one, other), others = attached(mail(("a.bin", data), ("b\u202e .txt", b"b")), whole=True)
    assert (one.name, other.name, others) == ("a.bin", "b .txt", ())
    fetch = fetching((one, other))
    assert b"".join([piece async for piece in fetch(Sent("0", "a.bin", 0))]) == data
    assert [piece async for piece in fetch(Sent("1", "b.txt", 0))] == [b"b"]


def test_what_is_no_whole_file_is_only_named() -> None:
    many = mail(*((f"{number}.txt", b"x") for number in range(MOST + 2)))
    files, others = attached(many, whole=True)
    assert (len(files), others) == (MOST, ("16.txt", "17.txt"))
    assert attached(mail(("a.txt", b"x")), whole=False) == ((), ("a.txt",))
    inner = EmailMessage()
    inner.set_content("hostile")
    outer = EmailMessage()
    outer.set_content("look")
    outer.add_attachment(inner)
    assert attached(outer, whole=True) == ((), ("file",))


@pytest.mark.parametrize("kind", ["application/pgp-signature", "application/pkcs7-signature"])
def test_a_signature_is_no_file(kind: str) -> None:
    assert attached(mail(("signature.asc", b"x"), kind=kind), whole=True) == ((), ())


class Shelf:
    """Lends what it has.

    Args:
        files: by their paths.
    """

    def __init__(self, **files: bytes) -> None:
        self._files = files

    async def keep(self, *_: object) -> None:
        """Nothing comes in."""

    async def lend(self, path: str) -> Lent:
        """Lend a file."""
        name = PurePath(path).name
        if name not in self._files:
            raise NotFound("There is no such file.")
        return Lent(name, self._files[name])


def offered(*paths: str) -> Parcel:
    """Return an answer with these files."""
    return Parcel(
        id="d", trace="t", turn="t", session="s", person="owner", channel="email", chat="t:a@b.c",
        text="here", files=tuple(Enclosed(path=one, size=1) for one in paths),
    )  # fmt: skip


async def test_of_what_does_not_go_out_it_is_said_why() -> None:
    shelf = Shelf(one=b"1", large=b"x" * LARGEST_MAIL, two=b"2")
    files, words = await enclosed(offered("/srv/one", "/srv/large", "/x/gone", "/srv/two"), shelf)  # type: ignore[arg-type]
    assert [(one.name, one.data) for one in files] == [("one", b"1"), ("two", b"2")]
    large, gone = words.split("\n")
    assert large == f"large is not sent here: 10 MB go into a mail; {ON_THE_PAGE}"
    assert gone == "gone is not sent here. There is no such file."
    assert (await enclosed(offered("/srv/one"), None))[0] == ()
    assert await enclosed(offered(), None) == ((), "")


def test_the_same_mail_is_the_same_again() -> None:
    def written() -> bytes:
        message = EmailMessage(policy=policy.SMTP)
        message.set_content("look")
        files = (Lent("a.pdf", b"%PDF"), Lent("\u00fc.txt", b"x"), Lent("old.eml", b"From: x"))
        enclose(message, files, BOUNDARY)
        return bytes(message)

    assert written() == written()
    found = message_from_bytes(written(), policy=policy.default)
    assert isinstance(found, EmailMessage)
    about = [(one.get_content_type(), one.get_filename()) for one in found.iter_attachments()]
    assert about == [
        ("application/pdf", "a.pdf"), ("text/plain", "\u00fc.txt"),
        ("application/octet-stream", "old.eml"),
    ]  # fmt: skip
    body = found.get_body()
    assert body is not None
    assert body.get_content().strip() == "look"
