"""What an event of Discord means to us: a message for the server, a button, or nothing.

An event is read as it came: what is not as it should be is nothing, whatever it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gateways.channels.base import NOT_READ, PREFIX, Aside, Heard, Pressed, Sent
from gateways.channels.buttons import pressed
from schemas.approvals import keyword

COMMAND = "ask"
"""The slash command by which the server is asked."""
TALK = frozenset({0, 19})
"""Messages that a person wrote: plain ones and answers; the others are Discord's own."""
FORWARDED = 1
PRESSED, COMMANDED = 3, 2
_ID = re.compile(r"[0-9]{1,20}")

MOST = 16
"""Files of one message; Discord lets nobody send more than ten."""
Event = Mapping[str, Any]


class Unreadable(ValueError):
    """An event is not as it should be."""


def heard(event: Event, me: str, *, guild: bool) -> Heard | Aside | None:
    """Return what a message means; None where it is nothing.

    Args:
        event: the message, as the vendor words it.
        me: our own number.
        guild: whether others read there too.

    Raises:
        Unreadable: it is not as it should be.
    """
    author = _part(event, "author")
    # Bots are not answered, or two of them would talk for ever.
    if author.get("bot") or event.get("webhook_id") or event.get("type", 0) not in TALK:
        return None
    text = event.get("content", "")
    if not isinstance(text, str):
        raise Unreadable("content")
    reference = event.get("message_reference")
    forwarded = isinstance(reference, Mapping) and reference.get("type") == FORWARDED
    meant = _meant(event, text, me) if guild else text
    name, chat, called = f"{me}.{_id(event, 'id')}", _id(event, "channel_id"), _called(author)
    files = _files(event)
    if meant is None:
        return Aside(name, chat, called, text) if text.strip() else None
    return Heard(
        id=name,
        who=_id(author, "id"),
        chat=chat,
        text=meant,
        files=files,
        unread="" if meant.strip() or files else NOT_READ.format("this"),
        fresh=not (forwarded or event.get("edited_timestamp")),
        private=not guild,
        name=called,
        among=guild,
    )


def _called(person: Event) -> str:
    return str(person.get("global_name") or person.get("username") or "")[:100]


def _files(event: Event) -> tuple[Sent, ...]:
    """Return the files that came with a message; it brings their addresses."""
    rows = event.get("attachments") or ()
    if not isinstance(rows, list | tuple) or len(rows) > MOST:
        raise Unreadable("attachments")
    return tuple(_file(row) for row in rows)


def _file(row: Any) -> Sent:
    about = _part(row, "")
    address, name, size = about.get("url"), about.get("filename", "file"), about.get("size", 0)
    if not (isinstance(address, str) and isinstance(name, str) and type(size) is int):
        raise Unreadable("attachment")
    return Sent(address, name.replace("\x00", ""), size)


def acted(event: Event, me: str) -> Heard | Pressed | None:
    """Return what an interaction means: a button, or the slash command; None for any other.

    Raises:
        Unreadable: it is not as it should be.
    """
    who = _part(_part(event, "member"), "user") if event.get("member") else _part(event, "user")
    data, common = _part(event, "data"), f"{me}.{_id(event, 'id')}"
    if event.get("type") == PRESSED:
        carried = str(data.get("custom_id", ""))
        return pressed(common, _id(who, "id"), _id(event, "channel_id"), carried)
    if event.get("type") != COMMANDED or data.get("name") != COMMAND:
        return None
    options = data.get("options")
    text = _part(options[0], "").get("value") if isinstance(options, list) and options else None
    if not isinstance(text, str):
        raise Unreadable("options")
    return Heard(
        id=common,
        who=_id(who, "id"),
        chat=_id(event, "channel_id"),
        text=text,
        private=not event.get("guild_id"),
        name=_called(who),
        among=bool(event.get("guild_id")),
    )


def _meant(event: Event, text: str, me: str) -> str | None:
    """Return what somebody says to us where others read; None where it is said to them."""
    if text.startswith(PREFIX):
        return text.removeprefix(PREFIX).strip()
    named = re.compile(rf"<@!?{re.escape(me)}>")
    if named.search(text):
        return named.sub("", text).strip()
    answered = event.get("referenced_message")
    author = answered.get("author") if isinstance(answered, Mapping) else None
    to_us = isinstance(author, Mapping) and author.get("id") == me
    return text if to_us or keyword(text) is not None or text.strip() == "/stop" else None


def _part(event: Any, name: str) -> Event:
    found = event.get(name) if name and isinstance(event, Mapping) else event
    if not isinstance(found, Mapping):
        raise Unreadable(name)
    return found


def _id(event: Event, name: str) -> str:
    found = event.get(name)
    if not isinstance(found, str) or not _ID.fullmatch(found):
        raise Unreadable(name)
    return found
