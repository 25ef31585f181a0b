"""Pieces of an answer that are what they say they are, whatever a server sent.

The providers' libraries build their objects without looking: where a text should be may stand a
list, and half a sign is a text for Python that nothing can write down.
"""

from __future__ import annotations

import json
from typing import Any

from gateways.llm.base import CallDelta, Delta, Signed, TextDelta, ThinkingDelta
from schemas.record import Replay


def sound(delta: Delta) -> Delta:
    """Return a piece as it can be kept: signs that no text may have are replaced.

    Raises:
        TypeError, ValueError, RecursionError: it cannot be kept.
    """
    match delta:
        case TextDelta(text):
            return delta if _plain(text) else TextDelta(_mended(text))
        case ThinkingDelta(text):
            return delta if _plain(text) else ThinkingDelta(_mended(text))
        case CallDelta(tool, arguments):
            if not _plain(tool) or not tool or not isinstance(arguments, dict):
                raise ValueError("this is no call")
            _written(arguments)
        case Signed(replay):
            # It must come back as it was, so nothing in it is mended.
            _written(list(replay.parts))
            Replay.model_validate_json(replay.model_dump_json())
    return delta


def _plain(text: object) -> bool:
    if not isinstance(text, str):
        raise TypeError("this is no text")
    return (text.isascii() and "\x00" not in text) or _mended(text) == text


def _mended(text: str) -> str:
    # Half of a pair of surrogates stands for nothing (Unicode, 3.9), and NUL ends a text for C.
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


def _written(value: Any) -> None:
    json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
