"""Handing things over to Telegram: each piece once, cards changed where they are."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from gateways.channels.base import Ledger, Shown
from gateways.channels.buttons import buttons
from gateways.channels.cards import worded
from gateways.channels.telegram_text import Entity, cut, pages, rendered, size
from schemas.chat import Parcel
from schemas.errors import Refused, Unavailable

if TYPE_CHECKING:
    from telegram import Bot, InlineKeyboardMarkup

NAME = "telegram"
PAUSE = 1.0
"""Seconds before another try where the server did not say how long to wait."""
UPLOAD = 120
"""Seconds for a file on its way out."""


class Away(Unavailable):
    """Telegram's server does not answer, or asks to be left alone for a while."""

    code = "channel_away"


class Busy(Away):
    """Telegram asks to be left alone for a while."""


class Unwelcome(Refused):
    """The person has blocked the bot, or the chat is gone."""

    code = "channel_blocked"


class Sender:
    """Sends for one bot.

    Args:
        bot: the library's client.
        ledger: what was handed over already.
    """

    def __init__(self, bot: Bot, ledger: Ledger) -> None:
        self._bot, self._ledger = bot, ledger
        self._quiet: dict[str, float] = {}

    async def part(self, parcel: Parcel, draft: str = "") -> None:
        """Send a part of an answer.

        Args:
            parcel: the part.
            draft: a message of ours that holds the beginning of it, and becomes it.

        Raises:
            Away: not now.
            Unwelcome, Refused: never.
        """
        for number, (piece, entities) in enumerate(pages(*rendered(parcel.text))):
            delivery = f"{parcel.id}#{number}"
            if await self._ledger.sent(NAME, delivery) is not None:
                continue
            if draft and number == 0 and await self._edit(parcel.chat, draft, piece, entities):
                await self._ledger.note(NAME, delivery, draft)
                continue
            await self._send(parcel.chat, piece, entities, note=delivery)

    async def card(self, card: Shown) -> None:
        """Show a card, or change the one that is there.

        Raises:
            Away: not now.
            Unwelcome, Refused: never.
        """
        delivery, buttons = f"card:{card.view.id}", _buttons(card)
        *before, last = cut(worded(card))
        there = await self._ledger.sent(NAME, delivery)
        # As code: nothing of a command is made a link, and nobody in it is called.
        if there is not None:
            if await self._edit(card.chat, there, last, _code(last), buttons):
                return
        else:
            for number, piece in enumerate(before):
                early = f"{delivery}#{number}"
                if await self._ledger.sent(NAME, early) is None:
                    await self._send(card.chat, piece, _code(piece), note=early)
        await self._send(card.chat, last, _code(last), buttons, note=delivery)

    async def say(self, chat: str, text: str) -> None:
        """Say something that nobody waits for, and that is not said again.

        Raises:
            Away, Unwelcome, Refused: as for everything.
        """
        await self._send(chat, text, ())

    async def has(self, delivery: str) -> bool:
        """Whether something was handed over already."""
        return await self._ledger.sent(NAME, delivery) is not None

    async def file(self, chat: str, name: str, data: bytes, *, note: str) -> None:
        """Send a file as it is: Telegram shows no preview, and makes nothing else of it.

        Raises:
            Away, Unwelcome, Refused: as for everything.
        """

        async def send(to: str) -> Any:
            return await self._bot.send_document(
                to, data, filename=name, disable_content_type_detection=True,
                read_timeout=UPLOAD, write_timeout=UPLOAD,
            )  # fmt: skip

        message = await self._through(send, chat)
        await self._ledger.note(NAME, note, str(message.message_id))

    async def remark(self, chat: str, name: str, words: str, *, note: str) -> None:
        """Say something of a file, once.

        Raises:
            Away, Unwelcome, Refused: as for everything.
        """
        await self._send(chat, name + words, (Entity("code", 0, size(name)),), note=note)

    async def draft(self, chat: str, text: str, there: str) -> str:
        """Show the beginning of an answer, or more of it; return what it is called.

        Raises:
            Away, Unwelcome, Refused: as for everything.
        """
        piece, entities = pages(*rendered(text))[0]
        if there:
            await self._edit(chat, there, piece, entities)
            return there
        return await self._send(chat, piece, entities)

    async def typing(self, chat: str) -> None:
        """Show that we type.

        Raises:
            Away, Unwelcome, Refused: as for everything.
        """
        await self._through(lambda to: self._bot.send_chat_action(to, "typing"), chat)

    async def drop(self, chat: str, there: str) -> None:
        """Take a message away.

        Raises:
            Away, Unwelcome, Refused: as for everything.
        """
        await self._through(lambda to: self._bot.delete_message(to, int(there)), chat)

    async def _through(self, call: Callable[[str], Awaitable[Any]], chat: str) -> Any:
        """Call Telegram, but not in a chat in which it asked to be left alone for a while."""
        now = time.monotonic()
        if (until := self._quiet.get(chat, 0.0)) > now:
            raise Away("Telegram asks to wait.", retry_after=until - now)
        self._quiet.pop(chat, None)
        try:
            return await through(call, chat)
        except Busy as error:
            self._quiet[chat] = now + (error.retry_after or 0.0)
            raise

    async def _send(
        self, chat: str, text: str, entities: Sequence[Entity],
        buttons: InlineKeyboardMarkup | None = None, *, note: str = "",
    ) -> str:  # fmt: skip
        from telegram import LinkPreviewOptions  # noqa: PLC0415 - only where Telegram is used

        async def send(to: str) -> Any:
            return await self._bot.send_message(
                to,
                text,
                entities=_entities(entities),
                reply_markup=buttons,
                # A preview would have Telegram's servers fetch what a model names.
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )

        message = await self._through(send, chat)
        if note:
            await self._ledger.note(NAME, note, str(message.message_id))
        return str(message.message_id)

    async def _edit(
        self, chat: str, there: str, text: str, entities: Sequence[Entity],
        buttons: InlineKeyboardMarkup | None = None,
    ) -> bool:  # fmt: skip
        """Change a message; return whether it is still there."""
        from telegram import LinkPreviewOptions  # noqa: PLC0415

        async def edit(to: str) -> Any:
            return await self._bot.edit_message_text(
                text,
                to,
                int(there),
                entities=_entities(entities),
                reply_markup=buttons,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )

        try:
            await self._through(edit, chat)
        except _NotDone as error:
            return "not modified" in str(error).lower()
        return True


class _NotDone(Refused):
    """Telegram does not do this."""

    code = "channel_refused"


async def through(call: Callable[[str], Awaitable[Any]], chat: str) -> Any:
    """Call Telegram; a group that was given another number is found there.

    Raises:
        Away, Unwelcome, Refused: what its errors mean.
    """
    from telegram import error as errors  # noqa: PLC0415

    try:
        try:
            return await call(chat)
        except errors.ChatMigrated as moved:
            return await call(str(moved.new_chat_id))
    except errors.RetryAfter as error:
        raise Busy("Telegram asks to wait.", retry_after=seconds(error)) from None
    except errors.BadRequest as error:
        if "chat not found" in str(error).lower():
            raise Unwelcome("Telegram knows no such chat any more.") from None
        raise _NotDone(f"Telegram refused: {error}") from None
    except errors.Forbidden:
        raise Unwelcome("The bot may not write in this chat; the person has blocked it.") from None
    except errors.InvalidToken:
        # Its own words hold the token.
        raise Away("Telegram refuses the bot's token.", retry_after=PAUSE) from None
    except errors.TelegramError as error:
        raise Away(f"Telegram: {type(error).__name__}.", retry_after=PAUSE) from None


def seconds(error: Any) -> float:
    """Return how long Telegram asks to be left alone."""
    found = error.retry_after
    return float(found if isinstance(found, int | float) else found.total_seconds())


def _entities(found: Sequence[Entity]) -> Any:
    from telegram import MessageEntity  # noqa: PLC0415

    return [
        MessageEntity(one.type, one.offset, one.length, url=one.url, language=one.language)
        for one in found
    ]


def _code(text: str) -> tuple[Entity, ...]:
    return (Entity("pre", 0, size(text)),)


def _buttons(card: Shown) -> InlineKeyboardMarkup | None:
    row = buttons(card)
    if not row:
        return None
    from telegram import InlineKeyboardButton, InlineKeyboardMarkup  # noqa: PLC0415

    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(says, callback_data=carried) for _, says, carried in row]]
    )
