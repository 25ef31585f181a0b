"""Telegram calling us, in the place of being asked: its calls come by the web door.

Each call bears a secret that we gave Telegram with the address; the process of the web door hands
it on unread. A call is answered with 200 once what it says is durable here; otherwise Telegram
makes it again.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import structlog

from gateways.channels.telegram_listen import UNREADABLE
from gateways.channels.telegram_send import NAME, through
from gateways.channels.telegram_updates import ALLOWED
from gateways.channels.whatsapp_door import Answered, Knock, opened, path, same
from schemas.errors import Expected

if TYPE_CHECKING:
    from telegram import Bot, Update

log = structlog.get_logger("channels")

LOOK, SOON = 60.0, 5.0
"""Seconds between two looks at whether Telegram still calls us; where it lately did not."""


@dataclass(frozen=True, slots=True)
class Hook:
    """Where Telegram calls.

    Attributes:
        url: the address of the web door, as it is reached from outside.
        sockets: the private folder, in which the web door finds us.
        key: the channel's own key; the secret of the calls is made with it.
    """

    url: str
    sockets: Path
    key: bytes = field(repr=False)

    @property
    def secret(self) -> str:
        """What every call bears."""
        return hmac.digest(self.key, b"telegram webhook", "sha256").hex()


class Called:
    """Takes what Telegram calls with, for one bot.

    Args:
        bot: the library's client.
        hook: where it calls.
        greet: asks who we are.
        take: takes in one update; when it returns, that is durable.
        well: says that all is well.
        ill: says what is wrong.
    """

    def __init__(
        self,
        bot: Bot,
        hook: Hook,
        greet: Callable[[], Awaitable[None]],
        take: Callable[[Update], Awaitable[None]],
        *,
        well: Callable[[], None],
        ill: Callable[[str], None],
    ) -> None:
        self._bot, self._hook, self._greet, self._take = bot, hook, greet, take
        self._well, self._ill = well, ill
        self._turn = asyncio.Lock()
        self._greeted = False
        # What an older process gave as the secret may be another one.
        self._told = False

    async def run(self) -> None:
        """Let it call us, and look now and then whether it does."""
        server = await opened(self._hook.sockets, self._serve, NAME)
        try:
            while True:
                pause = SOON
                try:
                    await through(lambda _: self._begin(), "")
                    self._well()
                    pause = LOOK
                except Expected as error:
                    self._ill(str(error))
                await asyncio.sleep(pause)
        finally:
            server.close()
            path(self._hook.sockets, NAME).unlink(missing_ok=True)

    async def _begin(self) -> None:
        if not self._greeted:
            await self._greet()
            self._greeted = True
        about = await self._bot.get_webhook_info()
        if about.url != self._hook.url or not self._told:
            # One call after the other: the order in which they come is the order that counts.
            await self._bot.set_webhook(
                self._hook.url, secret_token=self._hook.secret, allowed_updates=ALLOWED,
                max_connections=1, drop_pending_updates=False,
            )  # fmt: skip
            self._told = True

    async def _serve(self, said: Knock, body: bytes) -> Answered:
        from telegram import Update  # noqa: PLC0415 - only where Telegram is used

        if not same(said.signature, self._hook.secret):
            log.warning("channel.forged", channel=NAME)
            return Answered(403)
        if not self._greeted:
            return Answered(503)
        try:
            update = Update.de_json(orjson.loads(body), self._bot)
            if not isinstance(update.update_id, int):
                raise TypeError("update_id")
        except UNREADABLE as error:
            # Said again, it would be no better.
            log.warning("channel.unreadable", channel=NAME, error=type(error).__name__)
            return Answered(200)
        async with self._turn:
            await self._take(update)
        return Answered(200)
