"""What an update of Telegram means to us: a message for the server, a button, or nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateways.channels.base import NOT_READ, PREFIX, Aside, Heard, News, Pressed, Sent
from gateways.channels.buttons import pressed
from schemas.approvals import keyword

if TYPE_CHECKING:
    from telegram import CallbackQuery, Document, Message, PhotoSize, Update

ALLOWED = ("message", "callback_query")
"""What we ask for. What was edited was said before: it is answered already."""
UNREAD = {
    "voice": "a voice message", "audio": "a piece of music", "video": "a video",
    "video_note": "a video", "sticker": "a sticker", "location": "a place", "venue": "a place",
    "contact": "a contact", "poll": "a poll", "dice": "a dice", "game": "a game",
    "story": "a story", "paid_media": "what has to be paid for", "checklist": "a list",
}  # fmt: skip
"""What else a message may be, in our words."""


@dataclass(frozen=True, slots=True)
class Me:
    """The bot itself.

    Attributes:
        id: its number.
        name: its name, without the @.
    """

    id: int
    name: str


def heard(update: Update, me: Me) -> News | None:
    """Return what an update means; None where it is nothing.

    Args:
        update: as the library read it.
        me: the bot. Its number is part of the ids, for another bot's updates count anew.
    """
    name = f"{me.id}.{update.update_id}"
    if update.callback_query is not None:
        return _pressed(name, update.callback_query)
    if update.message is not None:
        return _said(name, update.message, me)
    return None


def _pressed(name: str, query: CallbackQuery) -> Pressed | None:
    if query.message is None or query.from_user.is_bot:
        return None
    if not (_number(query.from_user.id) and _number(query.message.chat.id)):
        raise TypeError("ids")
    who, chat = str(query.from_user.id), str(query.message.chat.id)
    return pressed(name, who, chat, query.data or "")


def _said(name: str, message: Message, me: Me) -> Heard | Aside | None:
    sender = message.from_user
    # Bots are not answered, or two of them would talk for ever; nor whoever hides behind a group.
    if sender is None or sender.is_bot or message.sender_chat is not None:
        return None
    private = message.chat.type == "private"
    text = message.text if message.text is not None else message.caption or ""
    if not (isinstance(text, str) and _number(sender.id) and _number(message.chat.id)):
        raise TypeError("text and ids")  # the library takes whatever stands there
    fresh = not (message.forward_origin or message.via_bot or message.is_automatic_forward)
    if not private:
        meant = _meant(message, text, me)
        if meant is None:
            # A command is for a bot, if not for us.
            talk = text.strip() and not text.startswith("/")
            return Aside(name, str(message.chat.id), sender.full_name, text) if talk else None
        text = meant
    files = _files(message)
    kind = next((words for kind, words in UNREAD.items() if getattr(message, kind, None)), "")
    text = _command(text, me) or ""
    nothing = bool(kind) or not (text.strip() or files)
    return Heard(
        id=name,
        who=str(sender.id),
        chat=str(message.chat.id),
        text=text,
        fresh=fresh,
        private=private,
        name=sender.full_name,
        files=files,
        unread=NOT_READ.format(kind or "this") if nothing else "",
        among=not private,
    )


def _files(message: Message) -> tuple[Sent, ...]:
    """Return the file that came with a message; an album comes as a message for each."""
    found: Document | PhotoSize
    if message.document is not None:
        found, name = message.document, message.document.file_name or "file"
    elif message.photo:
        # It comes in several sizes, the largest last.
        found, name = message.photo[-1], "photo.jpg"
    else:
        return ()
    size = found.file_size or 0
    if not (isinstance(found.file_id, str) and isinstance(name, str) and _number(size)):
        raise TypeError("file")
    return (Sent(found.file_id, name, size),)


def _number(what: object) -> bool:
    return isinstance(what, int) and not isinstance(what, bool)


def _meant(message: Message, text: str, me: Me) -> str | None:
    """Return what somebody in a group says to us; None where it is said to others."""
    if _command(text, me) is None:
        return None
    if text.startswith(PREFIX):
        return text.removeprefix(PREFIX).strip()
    named = re.compile(rf"@{re.escape(me.name)}\b", re.IGNORECASE)
    if named.search(text):
        return text if text.startswith("/") else named.sub("", text).strip()
    answered = message.reply_to_message
    to_us = answered is not None and answered.from_user is not None
    if to_us and answered is not None and answered.from_user is not None:
        to_us = answered.from_user.id == me.id
    return text if to_us or keyword(text) is not None or text.strip() == "/stop" else None


def _command(text: str, me: Me) -> str | None:
    """Return a text whose command names us without our name; None where it names another bot."""
    found = re.match(r"(/\w+)@(\w+)", text)
    if found is None:
        return text
    if found[2].lower() != me.name.lower():
        return None
    return found[1] + text[found.end() :]
