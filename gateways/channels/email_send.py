"""Handing mails over: each has a name of its delivery, so that a repeat is known as one."""

from __future__ import annotations

import asyncio
import re
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.headerregistry import HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import Policy
from email.utils import formataddr
from hashlib import sha256

from gateways.channels.email_files import enclose
from gateways.channels.email_proof import Threads
from gateways.channels.email_server import PAUSE, SECONDS, Away, MailServer, trust
from gateways.channels.shelf import Lent
from schemas.errors import Refused

NAME = "email"
SENDER = "LivOS"


class _Names(UnstructuredHeader):
    """The names of other mails, which have no other form (RFC 5322, 3.6.4).

    Python would write a long one as an encoded word, and then no program finds the mail it means.
    """

    name: str

    def fold(self, *, policy: Policy) -> str:
        """Return the header, folded between two names."""
        return f"{self.name}: " + f"{policy.linesep} ".join(str(self).split()) + policy.linesep


_HEADERS = HeaderRegistry()
for _name in ("In-Reply-To", "References"):
    _HEADERS.map_to_type(_name, _Names)  # type: ignore[arg-type] # its stub wants a made one
POLICY = policy.SMTP.clone(header_factory=_HEADERS)
"""How mails are written."""


class Unwelcome(Refused):
    """A mail server takes nothing for this address."""

    code = "channel_blocked"


@dataclass(frozen=True, slots=True)
class Mail:
    """What is to be sent.

    Attributes:
        delivery: names it; the same one again is the same mail.
        to: the address.
        thread: the conversation.
        subject: in one line.
        text: what it says.
        at: when it was written, in milliseconds since 1970.
        answers: the mails before it in its thread, oldest first.
        files: what goes with it.
    """

    delivery: str
    to: str
    thread: str
    subject: str
    text: str
    at: int
    answers: tuple[str, ...] = ()
    files: tuple[Lent, ...] = ()


class Mailer:
    """Sends from one address.

    Args:
        server: where mail goes out.
        address: ours.
        threads: names what is sent.
    """

    def __init__(self, server: MailServer, address: str, threads: Threads) -> None:
        self._server, self._address, self._threads = server, address, threads
        self._trust: ssl.SSLContext | None = None

    async def send(self, mail: Mail) -> str:
        """Send a mail; return its `Message-ID`.

        Raises:
            Away: not now.
            Unwelcome, Refused: never.
        """
        message = self.written(mail)
        await self._through(message, mail.to)
        return str(message["Message-ID"])

    def written(self, mail: Mail) -> EmailMessage:
        """Return a mail as it is sent."""
        message = EmailMessage(policy=POLICY)
        message["From"] = formataddr((SENDER, self._address))
        message["To"] = mail.to
        message["Subject"] = mail.subject
        message["Date"] = datetime.fromtimestamp(mail.at / 1000, UTC)
        message["Message-ID"] = self._threads.name(mail.delivery, mail.thread, mail.to, mail.at)
        if mail.answers:
            message["In-Reply-To"] = mail.answers[-1]
            message["References"] = " ".join(mail.answers)
        # No machine answers what a machine says (RFC 3834), or two would talk for ever.
        message["Auto-Submitted"] = "auto-replied" if mail.answers else "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message.set_content(mail.text, cte="quoted-printable")
        enclose(message, mail.files, f"=_{sha256(mail.delivery.encode()).hexdigest()[:32]}")
        return message

    async def test(self) -> None:
        """Sign in, and send nothing.

        Raises:
            Away: the server does not answer, or does not let us in.
        """
        await self._through(None, "")

    async def _through(self, message: EmailMessage | None, to: str) -> None:
        import aiosmtplib  # noqa: PLC0415 - only where mail is used

        server = self._server
        if self._trust is None and (server.wrapped or server.begins):
            self._trust = await asyncio.to_thread(trust)
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.wrapped,
            start_tls=server.begins,
            tls_context=self._trust,
            timeout=SECONDS,
            local_hostname=self._threads.domain,
        )
        try:
            async with client:
                if server.user:
                    await client.login(server.user, server.password)
                if message is not None:
                    await client.send_message(message, sender=self._address, recipients=[to])
        except aiosmtplib.SMTPAuthenticationError:
            raise Away(
                "The SMTP server refuses the user or the password.", retry_after=PAUSE
            ) from None
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _refused(error.recipients[0].code) from None
        except aiosmtplib.SMTPDataError as error:
            raise _refused(error.code) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Away(f"The SMTP server: {type(error).__name__}.", retry_after=PAUSE) from None


def _refused(code: int) -> Away | Unwelcome:
    if 500 <= code < 600:
        return Unwelcome(f"The SMTP server takes nothing for this address (SMTP {code}).")
    return Away(f"The SMTP server cannot take it now (SMTP {code}).", retry_after=PAUSE)


def answering(subject: str) -> str:
    """Return the subject of an answer."""
    plain = re.sub(r"^(?:\s*(?:re|aw|sv|antw)\s*:)+\s*", "", subject, flags=re.IGNORECASE)
    return f"Re: {plain or 'your mail'}"
