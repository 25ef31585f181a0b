"""WhatsApp, by the official Cloud API: messages come as signed webhooks, answers go over HTTPS.

A webhook counts as seen by WhatsApp only when it is answered with 200, and that is after what it
says is durable here. What comes a second time is recognised by its id.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog

from gateways.channels.base import Capabilities, Heard, Ledger, Receive, Shown, State
from gateways.channels.fetching import Unfetched
from gateways.channels.files import hand_over
from gateways.channels.hearing import AGAIN, TRIES, said
from gateways.channels.hook_door import CHALLENGE, Answered, Knock, opened, path, same
from gateways.channels.shelf import Shelf
from gateways.channels.whatsapp_files import fetcher
from gateways.channels.whatsapp_send import NAME, Late, Sender, Unwelcome, alone, failed
from gateways.channels.whatsapp_text import LONGEST
from gateways.channels.whatsapp_updates import Status, Update, heard, signed
from schemas.chat import Parcel
from schemas.errors import Expected, Transient

log = structlog.get_logger("channels")

LOOK, SOON = 60.0, 5.0
"""Seconds between two looks at whether the API knows us; where it lately did not."""
KEPT = 1_000
"""Statuses that are looked at once only: WhatsApp sends them again and again."""


@dataclass(frozen=True, slots=True)
class Account:
    """One number.

    Attributes:
        token: the access token.
        secret: the app's, which signs webhooks.
        verify: the word by which the webhook is set up.
        number: the id of the phone number.
        server: the API's address, with its version.
        prefix: how a message begins that is meant for us; "" for all, but in groups.
    """

    token: str = field(repr=False)
    secret: str = field(repr=False)
    verify: str = field(repr=False)
    number: str
    server: str
    prefix: str = "!"


class WhatsApp:
    """One number.

    Args:
        account: which.
        sockets: the private folder where webhooks are handed on.
        ledger: what was handed over already.
        shelf: lends the files that go out; None where none do.

    Attributes:
        state: how it is.
        why: what is wrong; "" when nothing is.
        account: the number as people write it, once it is known.
    """

    name = NAME
    can = Capabilities(buttons=True, length=LONGEST, files=True)

    def __init__(
        self, account: Account, sockets: Path, ledger: Ledger, shelf: Shelf | None = None
    ) -> None:
        self.state: State = "off"
        self.why, self.account = "", ""
        self._account, self._sockets = account, sockets
        self._sender = Sender(account.token, account.number, account.server, ledger)
        self._fetcher, self._shelf = fetcher(self._sender, account.server), shelf
        self._tries: OrderedDict[str, int] = OrderedDict()
        self._server: asyncio.Server | None = None
        self._task: asyncio.Task[None] | None = None
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._lost = ""
        self._turn = asyncio.Lock()
        self._look = asyncio.Event()

    async def start(self, receive: Receive) -> None:
        """Begin to listen, and go on whatever happens."""

        async def serve(said: Knock, body: bytes) -> Answered:
            return await self._answer(said, body, receive)

        self.state = "starting"
        self._server = await opened(self._sockets, NAME, serve)
        self._task = asyncio.create_task(self._watch(), name=NAME)

    async def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
            await asyncio.to_thread(path(self._sockets, NAME).unlink, missing_ok=True)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._sender.close()
        self.state = "off"

    async def test(self) -> str:
        """Ask the API who we are; return our number.

        Raises:
            Away, Refused: it does not say.
        """
        try:
            return await self._sender.who()
        finally:
            await self._sender.close()

    async def deliver(self, part: Parcel) -> None:
        """Hand over a part of an answer.

        Raises:
            Transient: not now.
            Refused: never.
        """
        try:
            await self._sender.part(part)
            gone = (Late, Unwelcome)
            await hand_over(part, self._sender, self._shelf, alone=alone(part.chat), gone=gone)
        except Transient:
            self._look.set()
            raise

    async def show(self, card: Shown) -> None:
        """Show a card, or say what became of it.

        Raises:
            Transient: not now.
            Refused: never.
        """
        await self._sender.card(card)

    async def _watch(self) -> None:
        """Ask again and again whether the API knows us: nothing else says that a token is void."""
        while True:
            try:
                self.account = await self._sender.who()
                self.state, self.why = "running", self._lost
            except Expected as error:
                if self.why != str(error):
                    log.warning("channel.failing", channel=NAME, why=str(error))
                self.state, self.why = "failing", str(error)
            self._look.clear()
            try:
                async with asyncio.timeout(LOOK if self.state == "running" else SOON):
                    await self._look.wait()
                await asyncio.sleep(1.0)
            except TimeoutError:
                continue

    # What comes in --------------------------------------------------------------------------

    async def _answer(self, said: Knock, body: bytes, receive: Receive) -> Answered:
        account = self._account
        if said.token:
            right = same(said.token, account.verify) and CHALLENGE.fullmatch(said.challenge)
            return Answered(200, said.challenge) if right else Answered(403)
        if not signed(body, said.signature, account.secret):
            log.warning("channel.forged", channel=NAME)
            return Answered(403)
        # One after the other: the order in which they came is the order in which they count.
        async with self._turn:
            for update in heard(body, account.number, account.prefix):
                try:
                    await self._take(update, receive)
                except Unfetched as error:
                    # A file that never comes must not come again for ever; whoever sent it is told.
                    assert isinstance(update, Heard)
                    if not self._given_up(update.id):
                        return Answered(503)
                    await self._say(update.chat, AGAIN.format(error))
                except Transient as error:
                    # WhatsApp sends all of it again; what was taken in is recognised.
                    log.info("channel.later", channel=NAME, why=str(error))
                    return Answered(503)
                except Expected as error:
                    log.warning("channel.refused", channel=NAME, error=str(error)[:200])
                    if isinstance(update, Heard):
                        await self._say(update.chat, str(error)[:500])
        return Answered(200)

    async def _take(self, update: Update, receive: Receive) -> None:
        if isinstance(update, Status):
            self._became(update)
            return
        if isinstance(update, Heard):
            update = replace(update, fetch=self._fetcher.fetch)
        taken = await receive(update)
        # Of what was not taken in nothing is kept by which it is known again.
        unread = isinstance(update, Heard) and bool(update.unread)
        if taken.told and (not unread or self._fresh(update.id, "unread")):
            await self._say(update.chat, taken.told)

    def _became(self, status: Status) -> None:
        if not self._fresh(status.id, status.state):
            return
        if status.state == "failed":
            # That nobody may be written to any more is often said only now.
            self._lost = f"A message was not handed over: {failed(status.code)}"
            log.warning("channel.undelivered", channel=NAME, why=self._lost)
        else:
            self._lost = ""
        if self.state == "running":
            self.why = self._lost

    def _given_up(self, name: str) -> bool:
        """Count a try to fetch a file; return whether it was the last one."""
        tries = self._tries[name] = self._tries.pop(name, 0) + 1
        if len(self._tries) > KEPT:
            self._tries.popitem(last=False)
        return tries >= TRIES

    def _fresh(self, name: str, state: str) -> bool:
        seen = (name, state)
        if seen in self._seen:
            return False
        self._seen[seen] = None
        if len(self._seen) > KEPT:
            self._seen.popitem(last=False)
        return True

    async def _say(self, chat: str, text: str) -> None:
        await said(self._sender, NAME, chat, text)
