"""What is asked of Discord comes to an end, also when the library lets it wait for ever."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gateways.channels.discord_send import Away, Sender
from tests.gateways.channels.book import Book
from tests.stand import soon


class Library:
    """A client whose calls are answered by nobody."""

    def __init__(self) -> None:
        self.http, self.asked = self, 0

    async def request(self, _route: Any, **_more: Any) -> None:
        self.asked += 1
        await asyncio.Event().wait()


async def asked(sender: Sender) -> tuple[asyncio.Task[None], Library]:
    """Say something that nobody answers."""
    library = Library()
    sender.client = library  # type: ignore[assignment] # as much of one as is asked
    saying = asyncio.create_task(sender.say("17", "hello"))
    await soon(lambda: library.asked)
    return saying, library


async def test_who_waits_for_an_answer_hears_that_the_connection_ended() -> None:
    sender = Sender(Book())
    saying, _ = await asked(sender)
    sender.hang_up()
    with pytest.raises(Away, match="ended"):
        await saying


async def test_who_is_told_to_end_ends() -> None:
    sender = Sender(Book())
    saying, _ = await asked(sender)
    saying.cancel()
    sender.hang_up()
    with pytest.raises(asyncio.CancelledError):
        await saying
