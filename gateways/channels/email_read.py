"""What a mail means to us: a letter of somebody, or nothing that may be answered.

Its head is read first. What it says is read once it is known from whom it is: a text is large, is
of any shape, and anybody may send one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from hashlib import sha256

from gateways.channels.email_box import LARGEST
from gateways.channels.email_files import Part, attached
from gateways.channels.email_text import forwarded, said, written

ADDRESS = re.compile(r"[a-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*")
"""What counts as an address, in small letters."""
LONGEST_ADDRESS = 100
"""Characters; a chat's name holds it."""
AUTOMATIC = frozenset({"bulk", "junk", "list", "auto_reply"})
MACHINES = re.compile(
    r"(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)(?:[+=.-].*)?@.*"
)
_SUBJECT = 200
_LONGEST_HEAD = 16_384
"""Characters of one line above the text: what reads them takes long for long ones."""


@dataclass(frozen=True, slots=True)
class Letter:
    """The head of a mail that somebody wrote, before anything of it is believed.

    Attributes:
        id: the same for the same mail.
        who: the address in its From line, in small letters.
        name: what stands beside it.
        subject: in one line.
        alone: whether it went to us and to nobody else.
        named: the mails it answers, by their `Message-ID`.
        message: its own `Message-ID`; "" where it has none.
        verdicts: its `Authentication-Results`, topmost first.
        at: its date, in milliseconds since 1970; 0 where it has none.
    """

    id: str
    who: str
    name: str
    subject: str
    alone: bool
    named: tuple[str, ...]
    message: str
    verdicts: tuple[str, ...]
    at: int

    @property
    def domain(self) -> str:
        """Return the domain of the From line."""
        return self.who.partition("@")[2]

    @property
    def root(self) -> str:
        """Return the mail with which its thread began, as far as it says."""
        found = re.findall(r"<[^<>\s]{1,400}>", " ".join(self.named))
        return found[0] if found else self.message or self.id


@dataclass(frozen=True, slots=True)
class Said:
    """What a mail says.

    Attributes:
        text: what is new in it.
        forward: whether it hands on what somebody else said.
        files: what is attached.
        unread: the names of what is attached and cannot be taken in.
    """

    text: str
    forward: bool
    files: tuple[Part, ...] = ()
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ignored:
    """A mail that must not be answered.

    Attributes:
        why: in a few words.
    """

    why: str


def read(raw: bytes, own: str) -> Letter | Ignored:
    """Return what a mail is, by its head; blocks, so call it in a thread.

    Args:
        raw: its bytes.
        own: our address, in small letters.
    """
    try:
        heads = BytesHeaderParser(policy=policy.compat32).parsebytes(raw)
        if max((len(str(value)) for value in heads.values()), default=0) > _LONGEST_HEAD:
            return Ignored("its head is too long")
        message = BytesHeaderParser(policy=policy.default).parsebytes(raw)
        assert isinstance(message, EmailMessage)
        return _read(message, raw, own)
    except Exception as error:  # noqa: BLE001
        # Python's parser raises whatever it likes at a mail that is not as it should be; and one
        # that nobody can read must not come again and again before all others.
        return Ignored(f"it cannot be read ({type(error).__name__})")


def opened(raw: bytes) -> Said | Ignored:
    """Return what a mail says whose head was read; blocks, so call it in a thread.

    Args:
        raw: its bytes.
    """
    try:
        message = message_from_bytes(raw, policy=policy.default)
        assert isinstance(message, EmailMessage)
        files, unread = attached(message, whole=len(raw) < LARGEST)
        forward = forwarded(_line(message.get("Subject", "")), written(message))
        return Said(said(message), forward, files, unread)
    except Exception as error:  # noqa: BLE001
        # As above.
        return Ignored(f"it cannot be read ({type(error).__name__})")


def _read(message: EmailMessage, raw: bytes, own: str) -> Letter | Ignored:
    senders = _addresses(message, "From")
    if len(message.get_all("From", [])) != 1 or len(senders) != 1:
        # Who checks it and who reads it might each take another one.
        return Ignored("it has not one sender")
    ((name, who),) = senders
    if not ADDRESS.fullmatch(who) or len(who) > LONGEST_ADDRESS:
        return Ignored("its sender's address is none that we take")
    if who == own or MACHINES.fullmatch(who):
        return Ignored("a machine wrote it")
    why = _automatic(message)
    if why:
        return Ignored(why)
    to = [address for _, address in (*_addresses(message, "To"), *_addresses(message, "Cc"))]
    if not any(_plain(one) == own for one in to):
        # A copy of what somebody once signed for others could be handed to us.
        return Ignored("it is not addressed to us")
    subject = _line(message.get("Subject", ""))
    own_name = _line(message.get("Message-ID", ""))
    return Letter(
        id=sha256(f"{who} {own_name or sha256(raw).hexdigest()}".encode()).hexdigest()[:40],
        who=who,
        name=_line(name)[:64],
        subject=subject,
        alone={_plain(one) for one in to} == {own},
        named=tuple(_line(message.get(one, ""), 8_192) for one in ("References", "In-Reply-To")),
        message=own_name if re.fullmatch(r"<[^<>\s]{1,400}>", own_name) else "",
        verdicts=tuple(str(one) for one in message.get_all("Authentication-Results", [])),
        at=_moment(message),
    )


def _automatic(message: EmailMessage) -> str:
    """Return why nobody may answer a mail (RFC 3834 and its neighbours); "" where one may."""

    def has(name: str) -> str:
        return _line(message.get(name, "")).lower()

    if has("Auto-Submitted").partition(";")[0].strip() not in {"", "no"}:
        return "a machine sent it"
    if has("Precedence") in AUTOMATIC:
        return "it went to many"
    if any(name.lower().startswith("list-") for name in message):
        return "it is of a mailing list"
    if any(name in message for name in ("X-Autoreply", "X-Autorespond", "X-Loop", "Feedback-ID")):
        return "a machine sent it"
    if has("Return-Path") == "<>" or message.get_content_type() == "multipart/report":
        return "it is a report on a delivery"
    return ""


def _addresses(message: EmailMessage, header: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for one in message.get_all(header, []):
        found += [(each.display_name, each.addr_spec.lower()) for each in one.addresses]
    return found


def _plain(address: str) -> str:
    """Return an address without what follows a plus."""
    local, at, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}"


def _moment(message: EmailMessage) -> int:
    try:
        return max(0, int(parsedate_to_datetime(str(message["Date"])).timestamp() * 1000))
    except (TypeError, ValueError, OverflowError):
        return 0


def _line(value: object, most: int = _SUBJECT) -> str:
    plain = "".join(sign if sign.isprintable() else " " for sign in str(value))
    return " ".join(plain.split())[:most]
