"""What is handed over to a messenger, and what tells nobody anything any more."""

from __future__ import annotations

from typing import Any

import pytest

from gateways.channels.base import Channels
from gateways.channels.send import KEPT_MS, Off, TooLate, send
from schemas.base import now_ms
from schemas.chat import Parcel


def parcel(**more: Any) -> Parcel:
    """Return a part of an answer."""
    about: dict[str, Any] = {
        "id": "d", "trace": "t", "turn": "t", "session": "s", "person": "owner",
        "channel": "telegram", "chat": "17", "text": "hello",
    }  # fmt: skip
    return Parcel(**{**about, **more})


async def test_where_a_channel_is_off_it_waits() -> None:
    with pytest.raises(Off) as found:
        await send(parcel(), Channels())
    assert found.value.retry_after


async def test_after_seven_days_it_is_given_up() -> None:
    old = now_ms() - KEPT_MS
    with pytest.raises(Off):
        await send(parcel(at=old + 60_000), Channels())
    with pytest.raises(TooLate):
        await send(parcel(at=old - 1), Channels())
