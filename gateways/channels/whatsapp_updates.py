"""What a webhook of WhatsApp's Cloud API means to us: messages, buttons, statuses, or nothing."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from gateways.channels.base import NOT_READ, PREFIX, Aside, Heard, Pressed, Sent
from gateways.channels.buttons import pressed
from schemas.approvals import keyword
from schemas.base import now_ms

DEEPEST = 20
OLDEST_MS, EARLY_MS = 6 * 24 * 3_600 * 1000, 24 * 3_600 * 1000
"""A webhook is signed for ever; within this time what it says is known as a repeat."""
NUMBER = re.compile(r"[0-9]{5,20}")
GROUP = re.compile(r"(?![0-9]+\Z)[A-Za-z0-9_=-]{1,100}")
"""What WhatsApp calls a group; no number is one."""
SAYS = (
    "text", "image", "video", "audio", "document", "sticker", "location", "contacts",
)  # fmt: skip
"""The types of messages in which a person says something."""
REF = re.compile(r"[A-Za-z0-9_=-]{1,400}")
"""What WhatsApp calls a file."""
_ID = re.compile(r"[!-~]{1,120}")
_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError)


@dataclass(frozen=True, slots=True)
class Status:
    """What became of a message of ours.

    Attributes:
        id: what WhatsApp calls it.
        state: how far it is.
        code: of the error, where it failed; 0 otherwise.
    """

    id: str
    state: Literal["sent", "delivered", "read", "failed"]
    code: int = 0


Update = Heard | Pressed | Aside | Status


def signed(body: bytes, signature: str, secret: str) -> bool:
    """Whether a body is signed with the app's secret, as `X-Hub-Signature-256` says."""
    if not secret:
        return False
    own = f"sha256={hmac.digest(secret.encode(), body, 'sha256').hex()}"
    return hmac.compare_digest(own.encode(), signature.encode("utf-8", "replace"))


def heard(body: bytes, number: str, prefix: str, now: int | None = None) -> list[Update]:
    """Return what a webhook says, in its order; what cannot be read stops nothing else.

    Args:
        body: its bytes; they were signed.
        number: the id of our phone number: what is for another one is not ours.
        prefix: how a message begins that is meant for us; "" for all, but in groups.
        now: milliseconds since 1970; the clock's unless given.
    """
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return []
    at = now_ms() if now is None else now
    return [one for value in _values(found, number) for one in _told(value, prefix, at)]


def _values(found: Any, number: str) -> Iterator[dict[str, Any]]:
    for entry in _list(_object(found).get("entry")):
        for change in _list(_object(entry).get("changes")):
            value = _object(_object(change).get("value"))
            if _object(value.get("metadata")).get("phone_number_id") == number:
                yield value


def _told(value: dict[str, Any], prefix: str, now: int) -> Iterator[Update]:
    names = {}
    for one in _list(value.get("contacts")):
        name = _object(_object(one).get("profile")).get("name")
        names[_object(one).get("wa_id")] = name if isinstance(name, str) else ""
    for message in _list(value.get("messages")):
        try:
            update = _said(message, names, prefix, now)
        except _UNREADABLE:
            continue
        if update is not None:
            yield update
    for status in _list(value.get("statuses")):
        try:
            yield _status(status)
        except _UNREADABLE:
            continue


def _said(message: Any, names: dict[Any, str], prefix: str, now: int) -> Update | None:
    name, who, chat = message["id"], message["from"], message.get("group_id", message["from"])
    named = _ID.fullmatch(name) and NUMBER.fullmatch(who)
    if not (named and (chat == who or GROUP.fullmatch(chat))):
        return None
    if not now - OLDEST_MS < int(message["timestamp"]) * 1000 < now + EARLY_MS:
        return None
    if message["type"] == "interactive":
        carried = message["interactive"]["button_reply"]["id"]
        return pressed(name, who, chat, carried)
    if message["type"] not in SAYS:
        return None
    said, files, unread = _content(message)
    # In a group people speak to each other, whatever is meant for us elsewhere.
    prefix = prefix or ("" if chat == who else PREFIX)
    meant = _meant(said, prefix)
    if meant is None and (prefix or not (files or unread)):
        # What does not begin so is said to somebody else, there or at this number.
        others = prefix and said.strip() and not said.startswith(prefix)
        return Aside(name, chat, names.get(who, ""), said) if others else None
    return Heard(
        id=name,
        who=who,
        chat=chat,
        text=(meant or "").replace("\x00", ""),
        fresh=_fresh(message),
        private=chat == who,
        name=names.get(who, ""),
        files=files,
        unread=unread,
        among=bool(prefix),
    )


def _content(message: Any) -> tuple[str, tuple[Sent, ...], str]:
    """Return what a message says, the files that came with it, and why it cannot be taken in."""
    kind = message["type"]
    if kind == "text":
        return message["text"]["body"], (), ""
    about = _object(message.get(kind))
    files = _file(kind, about)
    return about.get("caption", ""), files, "" if files else NOT_READ.format("this")


def _fresh(message: Any) -> bool:
    context = _object(message.get("context"))
    return not (context.get("forwarded") or context.get("frequently_forwarded"))


def _file(kind: str, about: dict[str, Any]) -> tuple[Sent, ...]:
    """Return the file that came with a message; more of them come as a message for each."""
    ref = about.get("id")
    if kind not in {"image", "document"} or not isinstance(ref, str) or not REF.fullmatch(ref):
        return ()
    name = about.get("filename", "file") if kind == "document" else "photo.jpg"
    if not isinstance(name, str):
        raise TypeError("filename")
    return (Sent(ref, name.replace("\x00", ""), 0),)


def _meant(text: str, prefix: str) -> str | None:
    """Return what somebody says to us; None where it is not meant for us."""
    if prefix and text.startswith(prefix):
        return text.removeprefix(prefix).strip() or None
    if not prefix or keyword(text) is not None or text.strip() == "/stop":
        return text.strip() or None
    return None


def _status(status: Any) -> Status:
    name, state = status["id"], status["status"]
    if state not in {"sent", "delivered", "read", "failed"} or not _ID.fullmatch(name):
        raise ValueError(state)
    errors = _list(status.get("errors"))
    return Status(name, state, int(_object(errors[0])["code"]) if errors else 0)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
