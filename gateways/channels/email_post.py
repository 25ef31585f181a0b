"""How our mails go out: each once, below what they answer, and with the files they bring."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

from gateways.channels.base import Ledger, Shown
from gateways.channels.cards import worded
from gateways.channels.email_files import enclosed
from gateways.channels.email_send import NAME, Mail, Mailer, Unwelcome, answering
from gateways.channels.email_threads import Memory
from gateways.channels.shelf import ON_THE_PAGE, Shelf
from schemas.chat import Parcel

NOT_TAKEN = f"(The mail server did not take the files; {ON_THE_PAGE})"


class Post:
    """Sends what people get of us.

    Args:
        mailer: hands a mail to the server.
        ledger: what was handed over already.
        shelf: lends the files that go out; None where none do.
    """

    def __init__(self, mailer: Mailer, ledger: Ledger, shelf: Shelf | None) -> None:
        self._mailer, self._ledger, self._shelf = mailer, ledger, shelf
        self._memory = Memory(ledger)

    async def part(self, part: Parcel) -> None:
        """Send a part of an answer.

        Raises:
            Away: not now.
            Unwelcome, Refused: never.
        """
        if await self._ledger.sent(NAME, part.id) is not None:
            return
        files, words = await enclosed(part, self._shelf)
        text = f"{part.text.strip() or '…'}\n\n{words}".strip()
        mail = Mail(part.id, "", "", "", text, part.at, files=files)
        try:
            await self._send(mail, part.chat, part.session)
        except Unwelcome:
            if not files:
                raise
            # Often they are only too many; where they are not, the answer is refused as well.
            alone = replace(mail, text=f"{text}\n\n{NOT_TAKEN}", files=())
            await self._send(alone, part.chat, part.session)

    async def card(self, card: Shown) -> None:
        """Send a card, and what became of it. Its code is never in a mail: a mail decides nothing.

        Raises:
            Away: not now.
            Unwelcome, Refused: never.
        """
        view = card.view
        there = f"card:{view.id}"
        text = worded(replace(card, code=None, token=None))
        if view.state == "pending":
            mail = Mail(there, "", "", "", text, view.asked_at)
        elif await self._ledger.sent(NAME, there) is not None:
            at = view.decided_at or view.expires_at
            mail = Mail(f"{there}:{view.state}", "", "", "", text, at)
        else:
            return
        await self._send(mail, card.chat, view.session)

    async def _send(self, mail: Mail, chat: str, session: str) -> None:
        """Send a mail in its thread, once."""
        if await self._ledger.sent(NAME, mail.delivery) is not None:
            return
        thread, _, address = chat.rpartition(":")
        # Where nobody wrote before, what is told begins a thread of its own.
        thread = thread or sha256(session.encode()).hexdigest()[:20]
        there = f"{thread}:{address}"
        before = await self._memory.of(there)
        subject = answering(before.subject) if before.mails else before.subject or "A message"
        sent = await self._mailer.send(
            replace(mail, to=address, thread=thread, subject=subject, answers=before.mails)
        )
        await self._ledger.note(NAME, mail.delivery, sent)
        await self._memory.add(there, subject, sent)
