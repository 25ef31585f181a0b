"""Asking Telegram for updates: in order, one at a time, whatever it answers."""

from __future__ import annotations

import asyncio
import random
import warnings
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

import structlog

from gateways.channels.telegram_send import NAME, seconds
from gateways.channels.telegram_updates import ALLOWED

if TYPE_CHECKING:
    from telegram import Bot, Update

log = structlog.get_logger("channels")

WAIT = 20
"""Seconds for which one question waits for updates."""
AT_ONCE = 100
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)
"""What the library raises at an update that is not as it should be."""


class Listener:
    """Asks for one bot.

    Args:
        bot: the library's client.
        greet: asks who we are, before the first question.
        take: takes in one update; when it returns, that is durable.
        well: says that all is well.
        ill: says what is wrong.
        clean: an error's words without what they must not hold.
    """

    def __init__(
        self,
        bot: Bot,
        greet: Callable[[], Awaitable[None]],
        take: Callable[[Update], Awaitable[None]],
        *,
        well: Callable[[], None],
        ill: Callable[[str], None],
        clean: Callable[[Exception], str],
    ) -> None:
        self._bot, self._greet, self._take = bot, greet, take
        self._well, self._ill, self._clean = well, ill, clean
        self._offset = 0
        self._greeted = self._answers = False

    async def run(self) -> None:
        """Ask for ever."""
        from telegram.error import InvalidToken, RetryAfter, TelegramError  # noqa: PLC0415

        failures = 0
        while True:
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures, 10))
            try:
                await self._round()
                failures = 0
                continue
            except InvalidToken:
                # Its own words hold the token.
                self._ill("Telegram refuses the bot's token; set another one.")
                pause = LONGEST_PAUSE
            except RetryAfter as error:
                self._ill("Telegram asks to wait.")
                pause = max(pause, seconds(error))
            except TelegramError as error:
                self._ill(self._clean(error))
            except Exception as error:  # noqa: BLE001
                # A bug in one channel must not end the others.
                log.error("channel.bug", channel=NAME, error=self._clean(error))
                self._ill(f"A fault of ours: {type(error).__name__}.")
            self._answers = False
            failures += 1
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - no secret

    async def _round(self) -> None:
        """Ask once, and take in what comes."""
        if not self._greeted:
            await self._greet()
            self._greeted = True
        # The first question is not waited for: it shows how we are.
        updates = await self._updates(WAIT if self._answers else 0)
        self._answers = True
        self._well()
        for update in sorted(updates, key=lambda one: one.update_id):
            await self._take(update)
            self._offset = max(self._offset, update.update_id + 1)

    async def _updates(self, wait: int) -> Sequence[Update]:
        try:
            return await self._bot.get_updates(
                self._offset, AT_ONCE, wait, ALLOWED, read_timeout=wait + 10
            )
        except UNREADABLE:
            return await self._one_by_one()

    async def _one_by_one(self) -> Sequence[Update]:
        """Read each update for itself: one that nobody can read must not stop the others."""
        from telegram import Update  # noqa: PLC0415

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the library would have us ask in the other way
            rows: Any = await self._bot.do_api_request(
                "getUpdates",
                {"offset": self._offset, "limit": AT_ONCE, "allowed_updates": list(ALLOWED)},
            )
        found: list[Update] = []
        for row in rows if isinstance(rows, list) else ():
            try:
                update = Update.de_json(row, self._bot)
                assert isinstance(update.update_id, int)
                found.append(update)
            except (*UNREADABLE, AssertionError):
                number = row.get("update_id") if isinstance(row, dict) else None
                log.warning("channel.unreadable", channel=NAME, update=str(number)[:40])
                if isinstance(number, int):
                    found.append(Update(number))
        return found
