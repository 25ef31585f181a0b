"""What is handed over to a messenger, and what tells nobody anything any more."""

from __future__ import annotations

from typing import Any

import pytest

from gateways.channels.base import Capabilities, Channels, Receive, Shown, State
from gateways.channels.send import KEPT_MS, Off, TooLate, send
from gateways.channels.shelf import ON_THE_PAGE
from schemas.base import now_ms
from schemas.chat import Enclosed, Parcel


def parcel(**more: Any) -> Parcel:
    """Return a part of an answer."""
    about: dict[str, Any] = {
        "id": "d", "trace": "t", "turn": "t", "session": "s", "person": "owner",
        "channel": "telegram", "chat": "17", "text": "hello",
    }  # fmt: skip
    return Parcel(**{**about, **more})


class Plain:
    """A channel that takes no files, and keeps what it is handed."""

    name, can = "telegram", Capabilities()
    state: State = "running"

    def __init__(self) -> None:
        self.parts: list[Parcel] = []

    async def start(self, receive: Receive) -> None:
        """Nothing is heard."""

    async def stop(self) -> None:
        """Nothing is heard."""

    async def deliver(self, part: Parcel) -> None:
        """Keep a part."""
        self.parts.append(part)

    async def show(self, card: Shown) -> None:
        """Nothing is asked."""


async def test_where_no_files_are_taken_it_is_said() -> None:
    channel = Plain()
    await send(parcel(), Channels([channel]))
    await send(parcel(files=(Enclosed(path="/srv/a.pdf", size=3),)), Channels([channel]))
    bare, told = channel.parts
    assert bare.text == "hello"
    assert told.text == f"hello\n\n(No files are sent here; {ON_THE_PAGE})"
    assert told.files == ()


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
