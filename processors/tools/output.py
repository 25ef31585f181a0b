"""What leaves a tool: bounded, printable, plain JSON."""

from __future__ import annotations

import json
import unicodedata
from functools import cache
from typing import Any

from pydantic_core import PydanticSerializationError, to_jsonable_python

MAX_TEXT = 64 * 1024
"""Bytes of text that reach a model from one call."""
MAX_DATA = 256 * 1024
"""Bytes of structure that are kept of one call; more is left out whole, never cut apart."""
DEEPEST = 64
"""Lists and objects inside each other; what nests deeper could be written but not read again."""


def visible(text: str, keep: str = "\n\t") -> str:
    """Return `text` with everything written out that a terminal would obey rather than show.

    Control characters (escape codes, NUL), bidirectional overrides and other format
    characters, and halves of surrogate pairs become `\\x1b`, `\\u202e` and the like.

    Args:
        text: anything.
        keep: control characters that stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return text.replace("\r\n", "\n").translate(_table(keep))


@cache
def _table(keep: str) -> dict[int, str]:
    # All of these categories lie in the first two planes and the block of tags.
    # U+200C and U+200D shape Persian words and join emoji, and command nothing.
    kept = {*keep, "\u200c", "\u200d"}
    return {
        code: f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
        for code in (*range(0x20000), *range(0xE0000, 0xE0080))
        if unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs") and chr(code) not in kept
    }


def legible(text: str) -> str:
    """Return `text` so that what a person reads is what it says: nothing hidden, nothing alike.

    Beside what `visible` writes out: spaces that are not the usual one, joiners, and letters of
    other scripts that look like Latin ones. Latin with its accents and the scripts of East Asia
    stay as they are.

    Args:
        text: a command, a path, a name.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if _honest(char) else _code(ord(char)) for char in text)


def _honest(char: str) -> bool:
    if char == "\n" or " " <= char <= "~":
        return True
    # Ordinals, operators and dotless letters are left out: they look like others.
    latin = "\u00c0" <= char <= "\u017e" and char not in "×÷ıŉĸ"  # noqa: RUF001
    eastern = "\u3041" <= char <= "\u30fa" or "\u4e00" <= char <= "\u9fff"
    return latin or eastern or "\uac00" <= char <= "\ud7a3"


def _code(code: int) -> str:
    return (
        f"\\x{code:02x}"
        if code < 0x100
        else f"\\u{code:04x}"
        if code < 0x10000
        else f"\\U{code:08x}"
    )


def capped(text: str, limit: int = MAX_TEXT) -> str:
    """Return `text` in at most `limit` bytes of UTF-8, with a note of how many were left out."""
    raw = text.encode()
    if len(raw) <= limit:
        return text
    note_room = 40
    head = raw[: limit - note_room].decode(errors="ignore")
    return f"{head}\n… {len(raw) - len(head.encode())} more bytes"


def plain(data: Any, limit: int = MAX_DATA) -> Any:
    """Return `data` as plain, finite, printable JSON values; None when that takes too much room.

    Args:
        data: anything a tool gave.
        limit: bytes of JSON it may take.
    """
    if data is None:
        return None
    try:
        values = to_jsonable_python(data, inf_nan_mode="constants")
        if too_deep(values):
            return None
        written = json.dumps(_shown(values))
    except (PydanticSerializationError, TypeError, ValueError, RecursionError):
        return None
    return json.loads(written) if len(written) <= limit else None


def too_deep(value: Any) -> bool:
    """Whether lists and objects nest deeper in `value` than any reader of ours must bear."""
    level = [value]
    for _ in range(DEEPEST + 1):
        inner: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                inner += one.values()
            elif isinstance(one, list | tuple):
                inner += one
        if not inner:
            return False
        level = inner
    return True


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):  # noqa: PLR0124
        return None
    if isinstance(value, dict):
        return {visible(str(key)): _shown(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(item) for item in value]
    return value
