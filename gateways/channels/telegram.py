"""Telegram, by the official library: asked for updates, so that no door of ours need be open; where
the owner gave an address, it calls us there.

An update counts as seen by Telegram only when the next question names a later one; that is asked
after what it says is durable here. So nothing is lost when this process dies, and what comes a
second time is recognised by its number.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from gateways.channels.base import Capabilities, Heard, Ledger, News, Receive, Shown, State
from gateways.channels.fetching import Fetcher
from gateways.channels.files import hand_over
from gateways.channels.hearing import handed_on, said
from gateways.channels.shelf import Shelf
from gateways.channels.telegram_files import alone, fetcher
from gateways.channels.telegram_hook import Called, Hook
from gateways.channels.telegram_listen import UNREADABLE, Listener
from gateways.channels.telegram_send import NAME, Sender, Unwelcome, through
from gateways.channels.telegram_text import LONGEST
from gateways.channels.telegram_updates import Me, heard
from gateways.channels.writing import Follow, Pace, Writing
from schemas.chat import Parcel
from schemas.errors import Expected

if TYPE_CHECKING:
    from telegram import Bot, Update

log = structlog.get_logger("channels")

PACE = Pace(typing=4.5, first=1.0, then=1.5)
"""It shows for five seconds that we type, and lets a chat be written to once a second."""


class Telegram:
    """One bot.

    Args:
        token: the bot's.
        base_url: a server in the place of Telegram's; Telegram's own where there is none.
        ledger: what was handed over already.
        follow: sees what is written; None where answers are shown only once they are whole.
        shelf: lends the files that go out; None where none do.
        hook: where Telegram calls us; None where it is asked.

    Attributes:
        state: how it is.
        why: what is wrong; "" when nothing is.
        account: the bot's name, once it is known.
    """

    name = NAME
    can = Capabilities(buttons=True, edits=True, length=LONGEST, files=True)

    def __init__(
        self,
        token: str,
        base_url: str | None,
        ledger: Ledger,
        follow: Follow | None = None,
        *,
        shelf: Shelf | None = None,
        hook: Hook | None = None,
    ) -> None:
        self.state: State = "off"
        self.why, self.account = "", ""
        self._token, self._ledger, self._follow = token, ledger, follow
        self._shelf, self._hook = shelf, hook
        self._base_url = (base_url or "https://api.telegram.org").rstrip("/")
        self._bot: Bot | None = None
        self._sender: Sender | None = None
        self._fetcher: Fetcher | None = None
        self._writing: Writing | None = None
        self._receive: Receive | None = None
        self._me: Me | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self, receive: Receive) -> None:
        """Begin to listen, and go on whatever happens."""
        quiet()
        # It is large: in a thread, for meanwhile others are heard and answered.
        await asyncio.to_thread(importlib.import_module, "telegram.request")
        self._bot = _bot(self._token, self._base_url)
        self._sender = Sender(self._bot, self._ledger)
        self._fetcher = fetcher(self._bot, f"{self._base_url}/file/bot{self._token}")
        self._writing = Writing(NAME, self._sender, PACE, self._ledger, self._follow)
        self._receive, self.state = receive, "starting"
        listener: Listener | Called
        if self._hook is not None:
            listener = Called(
                self._bot, self._hook, self._greet, self._take, well=self._well, ill=self._failing
            )
        else:
            listener = Listener(
                self._bot, self._greet, self._take,
                well=self._well, ill=self._failing, clean=self._clean,
            )  # fmt: skip
        self._task = asyncio.create_task(listener.run(), name=NAME)

    async def stop(self) -> None:
        """Listen no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._writing is not None:
            await self._writing.stop()
        self.state = "off"
        if self._bot is not None:
            await _shut(self._bot)

    async def test(self) -> str:
        """Ask Telegram who we are; return the bot's name.

        Raises:
            Away, Refused: it does not say.
        """
        quiet()
        bot = _bot(self._token, self._base_url)
        try:
            me = await through(lambda _: bot.get_me(), "")
        finally:
            await _shut(bot)
        return str(me.username)

    async def deliver(self, part: Parcel) -> None:
        """Hand over a part of an answer.

        Raises:
            Transient: not now.
            Refused: never.
        """
        assert self._sender is not None
        assert self._writing is not None
        async with self._writing.handing(part) as draft:
            await self._sender.part(part, draft)
            here = alone(part.chat)
            await hand_over(part, self._sender, self._shelf, alone=here, gone=Unwelcome)

    async def show(self, card: Shown) -> None:
        """Show a card, or change the one that is there.

        Raises:
            Transient: not now.
            Refused: never.
        """
        assert self._sender is not None
        assert self._writing is not None
        async with self._writing.showing(card):
            await self._sender.card(card)

    # What comes in --------------------------------------------------------------------------

    async def _greet(self) -> None:
        bot = self._need()
        await bot.initialize()
        self._me = Me(bot.id, bot.username)
        self.account = bot.username
        if self._hook is None:
            # Updates come by one way only; those that wait for the other one are kept.
            await bot.delete_webhook(drop_pending_updates=False)

    async def _take(self, update: Update) -> None:
        assert self._me is not None
        try:
            what = heard(update, self._me)
        except UNREADABLE as error:
            log.warning("channel.unreadable", channel=NAME, error=type(error).__name__)
            return
        if update.callback_query is not None:
            # The button stops turning; what became of it, the card shows.
            with contextlib.suppress(Expected):
                query = update.callback_query.id
                await through(lambda _: self._need().answer_callback_query(query), "")
        if what is None:
            return
        if isinstance(what, Heard):
            assert self._fetcher is not None
            what = replace(what, fetch=self._fetcher.fetch)
            if what.text.split()[:1] == ["/start"]:
                # What everybody's first tap says becomes the question that it means.
                what = replace(what, text="/help")
        await self._hand_on(what)

    async def _hand_on(self, what: News) -> None:
        assert self._receive is not None
        # Nothing more is asked for meanwhile: Telegram keeps it.
        taken = await handed_on(
            what, self._receive, self._say, channel=NAME, well=self._well, ill=self._failing
        )
        if taken is None:
            return
        if taken.told:
            await self._say(what.chat, taken.told)
        elif taken.turn and self._writing is not None:
            self._writing.begin(taken.turn, taken.session, what.chat)

    async def _say(self, chat: str, text: str) -> bool:
        assert self._sender is not None
        return await said(self._sender, NAME, chat, text)

    # How it is ------------------------------------------------------------------------------

    def _need(self) -> Bot:
        assert self._bot is not None
        return self._bot

    def _well(self) -> None:
        self.state, self.why = "running", ""

    def _failing(self, why: str) -> None:
        if self.why != why:
            log.warning("channel.failing", channel=NAME, why=why)
        self.state, self.why = "failing", why

    def _clean(self, error: Exception) -> str:
        return f"{type(error).__name__}: {error}".replace(self._token, "…")[:200]


async def _shut(bot: Bot) -> None:
    """Close the bot's connections."""
    from telegram.error import TelegramError  # noqa: PLC0415

    with contextlib.suppress(TelegramError, RuntimeError, OSError):
        await bot.shutdown()


def quiet() -> None:
    """Let the libraries write nothing down: the addresses they speak of hold the token."""
    for chatty in ("httpx", "httpcore", "httpx2", "httpcore2", "telegram"):
        logging.getLogger(chatty).setLevel(logging.CRITICAL)


def _bot(token: str, base_url: str) -> Bot:
    from telegram import Bot  # noqa: PLC0415
    from telegram.request import HTTPXRequest  # noqa: PLC0415

    def request(connections: int) -> HTTPXRequest:
        return HTTPXRequest(
            connections, read_timeout=20, write_timeout=20, connect_timeout=10, pool_timeout=20
        )

    return Bot(
        token,
        base_url=f"{base_url}/bot",
        base_file_url=f"{base_url}/file/bot",
        request=request(16),
        get_updates_request=request(1),
    )
