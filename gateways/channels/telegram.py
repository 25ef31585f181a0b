"""Telegram, by the official library: asked for updates, so that no door of ours need be open.

An update counts as seen by Telegram only when the next question names a later one; that is asked
after what it says is durable here. So nothing is lost when this process dies, and what comes a
second time is recognised by its number.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import random
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import structlog

from gateways.channels.base import Capabilities, Heard, Ledger, Receive, Shown, State, Taken
from gateways.channels.telegram_send import NAME, Sender, seconds, through
from gateways.channels.telegram_text import LONGEST
from gateways.channels.telegram_updates import ALLOWED, Me, heard
from schemas.chat import Parcel
from schemas.errors import Expected, Transient

if TYPE_CHECKING:
    from telegram import Bot, Update

log = structlog.get_logger("channels")

WAIT = 20
"""Seconds for which one question waits for updates."""
AT_ONCE = 100
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0
TYPING_SECONDS = 4.5
"""Telegram shows that we type for five seconds."""
TYPED_AT_MOST = 300.0
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)
"""What the library raises at an update that is not as it should be."""


class Telegram:
    """One bot.

    Args:
        token: the bot's.
        base_url: a server in the place of Telegram's; Telegram's own where there is none.
        ledger: what was handed over already.

    Attributes:
        state: how it is.
        why: what is wrong; "" when nothing is.
        account: the bot's name, once it is known.
    """

    name = NAME
    can = Capabilities(buttons=True, edits=True, length=LONGEST)

    def __init__(self, token: str, base_url: str | None, ledger: Ledger) -> None:
        self.state: State = "off"
        self.why, self.account = "", ""
        self._token, self._ledger = token, ledger
        self._base_url = (base_url or "https://api.telegram.org").rstrip("/")
        self._bot: Bot | None = None
        self._sender: Sender | None = None
        self._me: Me | None = None
        self._offset = 0
        self._task: asyncio.Task[None] | None = None
        self._typing: dict[str, asyncio.Task[None]] = {}

    async def start(self, receive: Receive) -> None:
        """Begin to listen, and go on whatever happens."""
        quiet()
        # It is large: in a thread, for meanwhile others are heard and answered.
        await asyncio.to_thread(importlib.import_module, "telegram.request")
        self._bot = _bot(self._token, self._base_url)
        self._sender = Sender(self._bot, self._ledger)
        self.state = "starting"
        self._task = asyncio.create_task(self._listen(self._bot, receive), name=NAME)

    async def stop(self) -> None:
        """Listen no more."""
        tasks = [one for one in (self._task, *self._typing.values()) if one is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._typing.clear()
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
        if part.part + 1 == part.parts:
            self._typed(part.chat)
        await self._sender.part(part)

    async def show(self, card: Shown) -> None:
        """Show a card, or change the one that is there.

        Raises:
            Transient: not now.
            Refused: never.
        """
        assert self._sender is not None
        self._typed(card.chat)
        await self._sender.card(card)

    # What comes in --------------------------------------------------------------------------

    async def _listen(self, bot: Bot, receive: Receive) -> None:
        from telegram.error import InvalidToken, RetryAfter, TelegramError  # noqa: PLC0415

        failures = 0
        while True:
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures, 10))
            try:
                await self._round(bot, receive)
                failures = 0
                continue
            except InvalidToken:
                # Its own words hold the token.
                self._failing("Telegram refuses the bot's token; set another one.")
                pause = LONGEST_PAUSE
            except RetryAfter as error:
                self._failing("Telegram asks to wait.")
                pause = max(pause, seconds(error))
            except TelegramError as error:
                self._failing(self._clean(error))
            except Exception as error:  # noqa: BLE001
                # A bug in one channel must not end the others.
                log.error("channel.bug", channel=NAME, error=self._clean(error))
                self._failing(f"A fault of ours: {type(error).__name__}.")
            failures += 1
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - no secret

    async def _round(self, bot: Bot, receive: Receive) -> None:
        """Ask once, and take in what comes."""
        if self._me is None:
            await bot.initialize()
            self._me = Me(bot.id, bot.username)
            self.account = bot.username
            # Updates come by one way only; those that wait for the other one are kept.
            await bot.delete_webhook(drop_pending_updates=False)
        updates = await self._updates(bot)
        self.state, self.why = "running", ""
        for update in sorted(updates, key=lambda one: one.update_id):
            await self._take(bot, update, receive, self._me)
            self._offset = max(self._offset, update.update_id + 1)

    async def _updates(self, bot: Bot) -> Sequence[Update]:
        # The first question is not waited for: it shows how we are.
        wait = WAIT if self.state == "running" else 0
        try:
            return await bot.get_updates(
                self._offset, AT_ONCE, wait, ALLOWED, read_timeout=wait + 10
            )
        except UNREADABLE:
            return await self._one_by_one(bot)

    async def _one_by_one(self, bot: Bot) -> Sequence[Update]:
        """Read each update for itself: one that nobody can read must not stop the others."""
        from telegram import Update  # noqa: PLC0415

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the library would have us ask in the other way
            rows: Any = await bot.do_api_request(
                "getUpdates",
                {"offset": self._offset, "limit": AT_ONCE, "allowed_updates": list(ALLOWED)},
            )
        found: list[Update] = []
        for row in rows if isinstance(rows, list) else ():
            try:
                update = Update.de_json(row, bot)
                assert isinstance(update.update_id, int)
                found.append(update)
            except (*UNREADABLE, AssertionError):
                number = row.get("update_id") if isinstance(row, dict) else None
                log.warning("channel.unreadable", channel=NAME, update=str(number)[:40])
                if isinstance(number, int):
                    found.append(Update(number))
        return found

    async def _take(self, bot: Bot, update: Update, receive: Receive, me: Me) -> None:
        try:
            what = heard(update, me)
        except UNREADABLE as error:
            log.warning("channel.unreadable", channel=NAME, error=type(error).__name__)
            return
        if update.callback_query is not None:
            # The button stops turning; what became of it, the card shows.
            await self._quiet(bot.answer_callback_query(update.callback_query.id))
        if what is None:
            return
        if isinstance(what, Heard) and not what.text.strip():
            await self._say(what.chat, "I can only read text here so far.")
            return
        if isinstance(what, Heard) and what.text.split()[0] == "/start":
            what = _helped(what)
        while True:
            try:
                taken = await receive(what)
                break
            except Transient as error:
                # Nothing more is asked for meanwhile: Telegram keeps it.
                self._failing(str(error))
                await asyncio.sleep(error.retry_after or 1.0)
            except Expected as error:
                # Whoever said it is known; a stranger is refused nothing.
                log.warning("channel.refused", channel=NAME, error=str(error)[:200])
                await self._say(what.chat, str(error)[:500])
                return
        await self._answered(bot, what.chat, taken)

    async def _answered(self, bot: Bot, chat: str, taken: Taken) -> None:
        if taken.told:
            await self._say(chat, taken.told)
        elif taken.turn:
            self._typed(chat)
            self._typing[chat] = asyncio.create_task(self._type(bot, chat))

    async def _say(self, chat: str, text: str) -> None:
        assert self._sender is not None
        try:
            await self._sender.say(chat, text)
        except Expected as error:
            log.info("channel.unsaid", channel=NAME, error=str(error)[:200])

    # That we type ---------------------------------------------------------------------------

    async def _type(self, bot: Bot, chat: str) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TYPED_AT_MOST):
                while True:
                    await self._quiet(bot.send_chat_action(chat, "typing"))
                    await asyncio.sleep(TYPING_SECONDS)

    def _typed(self, chat: str) -> None:
        task = self._typing.pop(chat, None)
        if task is not None:
            task.cancel()

    async def _quiet(self, call: Any) -> None:
        """Do something that matters to nobody if it fails."""
        from telegram.error import TelegramError  # noqa: PLC0415

        with contextlib.suppress(TelegramError):
            await call

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
    for chatty in ("httpx", "httpcore", "telegram"):
        logging.getLogger(chatty).setLevel(logging.CRITICAL)


def _helped(what: Heard) -> Heard:
    """What everybody's first tap says becomes the question that it means."""
    from dataclasses import replace  # noqa: PLC0415

    return replace(what, text="/help")


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
