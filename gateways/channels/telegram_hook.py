"""Telegram calling us, in the place of being asked: its calls come by the web door.

Each call bears a secret that we gave Telegram with the address; the process of the web door hands
it on unread. A call is answered with 200 once what it says is durable here; otherwise Telegram
makes it again.
"""

from __future__ import annotations

import asyncio
import hmac
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import structlog

from gateways.channels.hook_door import Answered, Knock, opened, path, same
from gateways.channels.telegram_listen import UNREADABLE
from gateways.channels.telegram_send import NAME, through
from gateways.channels.telegram_updates import ALLOWED
from schemas.errors import Expected

if TYPE_CHECKING:
    from telegram import Bot, Update

log = structlog.get_logger("channels")

LOOK, SOON = 60.0, 5.0
"""Seconds between two looks at whether Telegram still calls us; where it lately did not."""
AT_ONCE, KEPT = 20, 1_000
"""Updates that are under way; that are known as taken without asking anybody."""


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
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._taken: OrderedDict[int, None] = OrderedDict()
        self._greeted = False
        # What an older process gave as the secret may be another one.
        self._told = False

    async def run(self) -> None:
        """Let it call us, and look now and then whether it does."""
        server = await opened(self._hook.sockets, NAME, self._serve)
        try:
            while True:
                try:
                    why = await through(lambda _: self._look(), "")
                except Expected as error:
                    why = str(error)
                except Exception as error:  # noqa: BLE001
                    # A bug in one channel must not end the others.
                    log.error("channel.bug", channel=NAME, error=type(error).__name__)
                    why = f"A fault of ours: {type(error).__name__}."
                if why:
                    self._ill(why)
                else:
                    self._well()
                await asyncio.sleep(SOON if why else LOOK)
        finally:
            server.close()
            path(self._hook.sockets, NAME).unlink(missing_ok=True)
            for task in self._under_way.values():
                task.cancel()

    async def _look(self) -> str:
        """Have Telegram call us, if it does not; return what is wrong with its calls."""
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
            return ""
        if about.pending_update_count and about.last_error_message:
            return f"Telegram's calls do not come through: {about.last_error_message}"[:300]
        return ""

    async def _serve(self, said: Knock, body: bytes) -> Answered:
        from telegram import Update  # noqa: PLC0415 - only where Telegram is used

        if not same(said.signature, self._hook.secret):
            log.warning("channel.forged", channel=NAME)
            return Answered(403)
        if not self._greeted or len(self._under_way) >= AT_ONCE:
            return Answered(503)
        try:
            update = Update.de_json(orjson.loads(body), self._bot)
            number = update.update_id
            if not isinstance(number, int):
                raise TypeError("update_id")
        except UNREADABLE as error:
            # Said again, it would be no better.
            log.warning("channel.unreadable", channel=NAME, error=type(error).__name__)
            return Answered(200)
        if number in self._taken:
            return Answered(200)
        task = self._under_way.get(number)
        if task is None:
            task = self._under_way[number] = asyncio.create_task(self._one(update))
        # What takes longer than a call may, such as a large file, goes on: the next call finds it.
        await asyncio.shield(task)
        return Answered(200 if number in self._taken else 503)

    async def _one(self, update: Update) -> None:
        number = update.update_id
        try:
            async with self._turn:
                await self._take(update)
            self._well()
            self._taken[number] = None
            if len(self._taken) > KEPT:
                self._taken.popitem(last=False)
        except Exception as error:  # noqa: BLE001
            # As above; Telegram calls again.
            log.error("channel.bug", channel=NAME, error=type(error).__name__)
            self._ill(f"A fault of ours: {type(error).__name__}.")
        finally:
            del self._under_way[number]
