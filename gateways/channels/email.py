"""E-mail: a mailbox of the server's own, read by IMAP and answered by SMTP.

A From line is written by whoever likes; `email_proof` says what counts. A mail counts as seen only
once what it says is durable here, and what comes a second time is recognised by its `Message-ID`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog

from gateways.channels.base import (
    Capabilities,
    Heard,
    Ledger,
    Receive,
    Sent,
    Shown,
    State,
    Taken,
)
from gateways.channels.email_box import Box
from gateways.channels.email_files import fetching
from gateways.channels.email_judge import Bounds, Judge, Judged, words
from gateways.channels.email_post import Post
from gateways.channels.email_proof import Threads
from gateways.channels.email_read import ADDRESS, Ignored, Letter, Said, opened, read
from gateways.channels.email_send import NAME, Mail, Mailer, answering
from gateways.channels.email_server import MailServer
from gateways.channels.email_threads import Memory
from gateways.channels.shelf import Shelf
from schemas.base import now_ms
from schemas.chat import Parcel
from schemas.errors import Expected, Refused, Transient

log = structlog.get_logger("channels")

WAIT, POLL = 30.0, 15.0
"""Seconds of one wait for new mail; between two looks where the server cannot say so."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
MOST, MOST_TOLD = 30, 3
"""Mails of one address in an hour that are taken in; that tell it something of ours."""
TOO_MANY = "More mails came from you in this hour than I take in. I read on in an hour."
NO_ADDRESS = "The mailbox has no address; set `channels.email.address`."
NOTHING = "There is nothing in this mail that I can read."


@dataclass(frozen=True, slots=True)
class Account:
    """One mailbox.

    Attributes:
        address: ours.
        inbound: where mail comes in.
        outbound: where it goes out.
        vouches: the name by which the own mail server signs what it checked; "" for none.
        target: where alerts go, and the mail of a test; "" for nowhere.
    """

    address: str
    inbound: MailServer
    outbound: MailServer
    vouches: str = ""
    target: str = ""


class Email:
    """One mailbox.

    Args:
        account: which.
        keys: secrets by which our mails are named, the newest first.
        ledger: what was handed over already.
        shelf: lends the files that go out; None where none do.

    Attributes:
        state: how it is.
        why: what is wrong; "" when nothing is.
        account: our address.
    """

    name = NAME
    can = Capabilities(length=12_000, files=True)

    def __init__(
        self,
        account: Account,
        keys: Sequence[bytes],
        ledger: Ledger,
        shelf: Shelf | None = None,
    ) -> None:
        self.state: State = "off"
        self.why, self.account = "", account.address
        self._account = account
        self._threads = Threads(keys, account.address.partition("@")[2])
        self._mailer = Mailer(account.outbound, account.address, self._threads)
        self._post = Post(self._mailer, ledger, shelf)
        self._memory = Memory(ledger)
        self._judge = Judge(self._threads, account.vouches)
        self._bounds = Bounds()
        self._box: Box | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self, receive: Receive) -> None:
        """Begin to listen, and go on whatever happens."""
        if not ADDRESS.fullmatch(self.account):
            self._failing(NO_ADDRESS)
            return
        self.state = "starting"
        self._task = asyncio.create_task(self._listen(receive), name=NAME)

    async def stop(self) -> None:
        """Listen no more."""
        if self._task is not None:
            self._task.cancel()
            if self._box is not None:
                self._box.close()
            await asyncio.gather(self._task, return_exceptions=True)
        self.state = "off"

    async def test(self) -> str:
        """Sign in at both servers, and send a mail where alerts go; return our address.

        Raises:
            Away, Refused: one of them does not let us.
        """
        if not ADDRESS.fullmatch(self.account):
            raise Refused(NO_ADDRESS)
        box = Box(self._account.inbound)
        try:
            await asyncio.to_thread(box.open)
        finally:
            await asyncio.to_thread(box.close)
        if self._account.target:
            now = now_ms()
            text = "This mail is a test. It arrived, so alerts will too."
            await self._mailer.send(
                Mail(f"test:{now}", self._account.target, "test", "A test", text, now)
            )
        else:
            await self._mailer.test()
        return self._account.address

    async def deliver(self, part: Parcel) -> None:
        """Hand over a part of an answer.

        Raises:
            Transient: not now.
            Refused: never.
        """
        await self._post.part(part)

    async def show(self, card: Shown) -> None:
        """Send a card, and what became of it.

        Raises:
            Transient: not now.
            Refused: never.
        """
        await self._post.card(card)

    # What comes in --------------------------------------------------------------------------

    async def _listen(self, receive: Receive) -> None:
        failures = 0
        while True:
            try:
                self._box = Box(self._account.inbound)
                await asyncio.to_thread(self._box.open)
                self.state, self.why, failures = "running", "", 0
                await self._follow(self._box, receive)
            except Transient as error:
                self._failing(str(error))
            except Exception as error:  # noqa: BLE001
                # A bug in one channel must not end the others.
                log.error("channel.bug", channel=NAME, error=type(error).__name__)
                self._failing(f"A fault of ours: {type(error).__name__}.")
            finally:
                if self._box is not None:
                    await asyncio.to_thread(self._box.close)
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures, 10))
            failures += 1
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - no secret

    async def _follow(self, box: Box, receive: Receive) -> None:
        """Take in what is new, for as long as the connection lasts."""
        while True:
            for number in await asyncio.to_thread(box.new):
                raw = await asyncio.to_thread(box.fetch, number)
                if raw is not None:
                    await self._take(raw, receive)
                await asyncio.to_thread(box.read, number)
            if not await asyncio.to_thread(box.wait, WAIT):
                await asyncio.sleep(POLL)

    async def _take(self, raw: bytes, receive: Receive) -> None:
        letter = await asyncio.to_thread(read, raw, self._account.address)
        if isinstance(letter, Ignored):
            log.info("channel.ignored", channel=NAME, why=letter.why)
            return
        found = self._judge(letter)
        if found.answers and not await self._first(letter, found):
            # Whoever has a copy of an answer knows what it names: it proves nothing a second time.
            found = replace(found, proven=found.fresh)
        if found.forged:
            log.warning("channel.forged", channel=NAME, why=found.forged)
        elif not found.proven and not self._bounds.room(f"unproven {letter.who}", MOST_TOLD):
            # Counted for itself: whoever forges an address must not use up its owner's hour.
            log.warning("channel.too_many", channel=NAME)
        elif found.proven and not self._bounds.room(letter.who, MOST):
            log.warning("channel.too_many", channel=NAME)
            await self._tell(letter, found.chat, TOO_MANY, most=1)
        else:
            # What nobody proves to be theirs is not read at all: nothing of it is taken in.
            said = await asyncio.to_thread(opened, raw) if found.proven else Said("", forward=False)
            if isinstance(said, Ignored):
                log.info("channel.ignored", channel=NAME, why=said.why)
                return
            await self._hand_on(letter, said, found, receive)

    async def _first(self, letter: Letter, found: Judged) -> bool:
        while True:
            try:
                return await self._memory.first(found.chat, found.answers, letter.id)
            except Transient as error:
                self._failing(str(error))
                await asyncio.sleep(error.retry_after or 1.0)

    async def _hand_on(self, letter: Letter, said: Said, found: Judged, receive: Receive) -> None:
        text = words(letter, said) if found.proven else ""
        if text:
            await self._memory.add(found.chat, letter.subject, letter.message)
        what = Heard(
            id=letter.id,
            who=letter.who,
            chat=found.chat,
            text=text,
            fresh=found.fresh and not said.forward,
            private=found.greets,
            name=letter.name,
            proven=found.proven,
            files=tuple(Sent(str(n), one.name, 0) for n, one in enumerate(said.files)),
            fetch=fetching(said.files),
            unread=NOTHING if found.proven and not (text or said.files) else "",
        )
        taken = await self._received(what, receive)
        if taken.told:
            await self._tell(letter, found.chat, taken.told)

    async def _received(self, what: Heard, receive: Receive) -> Taken:
        while True:
            try:
                taken = await receive(what)
            except Transient as error:
                # Nothing more is read meanwhile: it stays in the mailbox.
                self._failing(str(error))
                await asyncio.sleep(error.retry_after or 1.0)
            except Expected as error:
                # Whoever said it is known, and proven; a stranger is refused nothing.
                log.warning("channel.refused", channel=NAME, error=str(error)[:200])
                return Taken(told=str(error)[:500])
            else:
                self.state, self.why = "running", ""
                return taken

    async def _tell(self, letter: Letter, chat: str, text: str, most: int = MOST_TOLD) -> None:
        """Tell an address something of ours, if it was not told too much."""
        if not self._bounds.room(f"told {letter.who}", most):
            return
        thread, _, address = chat.rpartition(":")
        now = now_ms()
        before = (letter.message,) if letter.message else ()
        name = f"told:{letter.id}"
        mail = Mail(name, address, thread, answering(letter.subject), text, now, before)
        try:
            await self._mailer.send(mail)
        except Expected as error:
            log.info("channel.unsaid", channel=NAME, error=str(error)[:200])

    def _failing(self, why: str) -> None:
        if self.why != why:
            log.warning("channel.failing", channel=NAME, why=why)
        self.state, self.why = "failing", why
