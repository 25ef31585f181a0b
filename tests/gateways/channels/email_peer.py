"""A mailbox in a test: what people write to it, and what they get."""

from __future__ import annotations

import base64
import itertools
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, localtime
from typing import Any

import httpx

from tests.gateways.channels.dovecot import Dovecot, dovecot
from tests.gateways.channels.email_wire import PASSWORD, USER
from tests.gateways.channels.peer import Fault, Odd, Peer, Side, Told, serving

VOUCHES = "mx.home.example"
_CODE = re.compile(r"\b[A-Z2-9]{4}-[A-Z2-9]{4}\b")


class Mailbox(Peer):
    """A handle on both servers.

    Args:
        client: of the process that takes what is sent.
        ports: where that listens, and the door of the mailbox.
        box: the mailbox.
    """

    name, secret, right, length = "email", "SMTP_PASS", PASSWORD, 12_000
    owner, member, stranger = "ada@good.example", "anna@good.example", "eve@evil.example"
    waits = False
    recognises = True
    edits = False
    files = True

    def __init__(self, client: httpx.AsyncClient, ports: dict[str, int], box: Dovecot) -> None:
        self._client, self._ports, self.box = client, ports, box
        self._numbers = itertools.count(1)
        self._code = ""

    @property
    def environment(self) -> dict[str, str]:
        """With which the process of the messengers finds these servers."""
        return {
            "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(self._ports["smtp"]),
            "IMAP_HOST": "127.0.0.1", "IMAP_PORT": str(self._ports["imap"]),
            "SMTP_USER": USER, "SMTP_PASS": PASSWORD,
            "NEXUS_CHANNELS__EMAIL__VOUCHES": VOUCHES,
        }  # fmt: skip

    async def close(self) -> None:
        """Nothing is held."""

    async def do(self, do: str, **more: Any) -> None:
        """Have the servers do something."""
        (await self._client.post("/wire", json={"do": do, **more})).raise_for_status()

    async def log(self) -> dict[str, Any]:
        """Return what was sent."""
        found: dict[str, Any] = (await self._client.get("/wire")).json()
        return found

    # What people do -------------------------------------------------------------------------

    def said(self, text: str, who: str = "", *, group: str = "", **heads: str | None) -> bytes:
        """Return a mail; what one person writes is one thread, unless said otherwise."""
        who = who or self.owner
        named = {
            "Authentication-Results": f"{VOUCHES}; dmarc=pass header.from={who.partition('@')[2]}",
            "From": f"Somebody <{who}>",
            "To": f"Home <{USER}>",
            "Cc": group or None,
            "Subject": "talk",
            "Date": format_datetime(localtime()),
            "Message-ID": f"<{next(self._numbers)}@phone.example>",
            "References": f"<root-{who}>",
            **{name.replace("_", "-"): value for name, value in heads.items()},
        }
        lines = [f"{name}: {value}" for name, value in named.items() if value is not None]
        lines += ["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8"]
        return "\r\n".join([*lines, "", *text.split("\n"), ""]).encode()

    def attached(self, name: str, data: bytes, text: str, who: str = "") -> bytes:
        """Return a mail with a file."""
        plain = b"Content-Type: text/plain; charset=utf-8"
        head, _, body = self.said(text, who).partition(b"\r\n\r\n")
        parts = [
            head.replace(plain, b'Content-Type: multipart/mixed; boundary="xx"'), b"", b"--xx",
            plain, b"", body, b"--xx", b"Content-Type: application/octet-stream",
            f'Content-Disposition: attachment; filename="{name}"'.encode(),
            b"Content-Transfer-Encoding: base64", b"", base64.b64encode(data), b"--xx--", b"",
        ]  # fmt: skip
        return b"\r\n".join(parts)

    def odd(self, how: Odd, text: str, who: str = "") -> bytes | None:
        """Return a mail that is no fresh word; nobody can edit one."""
        if how == "edited":
            return None
        if how == "bot":
            return self.said(text, who, Auto_Submitted="auto-replied")
        return self.said(text, who, Subject="Fwd: talk")

    def hostile(self) -> Sequence[bytes]:
        """Return mails that are wrong."""
        forged = self.said("hostile").replace(b"dmarc=pass", b"dmarc=fail")
        two = self.said("hostile").replace(b"To: ", b"From: eve@evil.example\r\nTo: ", 1)
        large = self.said("hostile " + "x" * 300_000).replace(b"dmarc=pass", b"dmarc=fail")
        wrong: tuple[dict[str, Any], ...] = (
            {"From": None}, {"Date": "yesterday"}, {"Date": "Mon, 1 Jan 2024 10:00:00 +0000"},
            {"To": "somebody@else.example"}, {"List_Id": "<x>"}, {"Return_Path": "<>"},
            {"X_Long": "x" * 30_000},
        )  # fmt: skip
        others = [self.said("hostile", **heads) for heads in wrong]
        return [forged, two, large, *others, b"\x00\xff", b"From: " + b"(" * 5_000 + b"\r\n\r\n"]

    async def happen(self, *updates: Any) -> None:
        """Let mails arrive, in this order."""
        for one in updates:
            self.box.put(one)

    async def code(self, card: Told) -> str:
        """Return the code that the page shows: it is never in a mail."""
        if not self._code:
            assert self.page is not None
            (request,) = await self.page.pending()
            token, self._code = await self.page.card(request)
            raw = card.text.replace("-", "")
            assert token not in raw
            assert self._code not in raw
        return self._code

    async def press(self, card: Told, *, yes: bool, who: str) -> None:
        """Say the code."""
        found = _CODE.search(card.text)
        code = found[0] if found else await self.code(card)
        await self.say(f"{'APPROVE' if yes else 'DENY'} {code}", who)

    async def told(self, chat: str) -> list[Told]:
        """Return what an address got; a mail that came twice is one, as a mailbox has it."""
        found: dict[str, EmailMessage] = {}
        for one in await self.mails(chat):
            found.setdefault(str(one["Message-ID"]), one)
        return [_told(name, chat, one) for name, one in found.items()]

    async def got(self, chat: str = "") -> list[tuple[str, bytes]]:
        """Return the files that an address has of us; a mail that came twice is one."""
        mails = await self.mails(chat or self.owner)
        found = {str(one["Message-ID"]): one for one in mails}
        return [
            (str(part.get_filename()), bytes(part.get_payload(decode=True)))
            for one in found.values()
            for part in one.iter_attachments()
        ]

    async def mails(self, to: str) -> list[EmailMessage]:
        """Return what was sent to an address, as it was sent."""
        raws = [base64.b64decode(one["raw"]) for one in (await self.log())["mails"]
                if one["to"] == [to]]  # fmt: skip
        return [message_from_bytes(raw, policy=policy.default) for raw in raws]

    # What goes wrong ------------------------------------------------------------------------

    async def fail(self, side: Side, how: Fault, times: int = 1, seconds: float = 0) -> None:
        """Fail the next times that something is asked."""
        await self.do("fault", side=side, how=how, times=times)

    async def away(self, gone: bool) -> None:
        """Be out of reach, or be back."""
        await self.do("away", gone=gone)

    async def signs(self, secret: str) -> None:
        """Let only this password be right."""
        await self.box.allow(USER, secret)
        await self.do("password", password=secret)


def body(mail: EmailMessage) -> str:
    """Return the words of a mail, whatever goes with them."""
    found = mail.get_body(("plain",))
    return str(found.get_content()) if found is not None else ""


def _told(name: str, chat: str, mail: EmailMessage) -> Told:
    text = body(mail).replace("\r\n", "\n").strip()
    return Told(
        name=name,
        chat=chat,
        text=text,
        code=tuple(re.findall(r"```\w*\n(.*?)\n?```", text, re.DOTALL)),
        links=tuple(re.findall(r"\]\((https?://[^)\s]+)\)", text)),
    )


@asynccontextmanager
async def mailbox() -> AsyncIterator[Mailbox]:
    """Run both servers until the end of the block."""
    async with (
        dovecot(USER, PASSWORD) as box,
        serving("tests.gateways.channels.email_wire") as client,
    ):
        found = Mailbox(client, (await client.get("/wire")).json(), box)
        await found.do("imap", port=box.port)
        yield found
