"""Whatever happens to one event of Discord, those behind it are heard, and none is missed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from discord import http

from gateways.channels.base import Heard, News, Taken
from gateways.channels.discord import Discord
from gateways.channels.discord_listen import made
from gateways.channels.discord_send import Away
from tests.gateways.channels.book import Book
from tests.stand import soon

LIBRARY = Path(http.__file__).read_text(encoding="utf-8")


class Server:
    """What Discord knows of one chat; asked for it, it may be away a few times."""

    def __init__(self, away: int = 0) -> None:
        self.said, self.away = list[int](), away

    async def call(self, method: str, path: str, json: Any = None, **where: str) -> Any:
        if method != "GET":
            return {}
        self.away -= 1
        if self.away >= 0:
            raise Away("Discord answers 503.")
        after = int(path.rpartition("=")[2])
        return [message(one) for one in self.said if one > after]


def message(number: int) -> dict[str, Any]:
    author = {"id": "17", "username": "ada"}
    return {"id": str(number), "type": 0, "content": f"m{number}", "author": author,
            "channel_id": "7"}  # fmt: skip


class Ears:
    """A bot that hears, with nobody at its other end."""

    def __init__(self, server: Server, book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bot = Discord("token", None, book)
        self.bot._me, self.bot._receive = "1", self.receive
        self.server, self.heard, self.open = server, list[str](), asyncio.Event()
        monkeypatch.setattr(self.bot._sender, "call", server.call)
        monkeypatch.setattr(self.bot._writing, "begin", lambda *_: None)

    async def receive(self, what: News) -> Taken:
        await self.open.wait()
        assert isinstance(what, Heard)
        if what.text not in self.heard:
            self.heard.append(what.text)
        return Taken(what.id, "s")

    def hear(self, *numbers: int) -> None:
        for number in numbers:
            self.server.said.append(number)
            self.bot._hear("MESSAGE_CREATE", message(number))

    @contextmanager
    def listening(self) -> Iterator[None]:
        task = asyncio.create_task(self.bot._take_in())
        try:
            yield
        finally:
            task.cancel()


async def test_what_found_no_room_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateways.channels.discord.WAITING", 2)
    book = Book()
    book.notes |= {"chats": '{"7": false}', "heard:7": "100"}
    ears = Ears(Server(), book, monkeypatch)
    with ears.listening():
        ears.hear(101)
        await asyncio.sleep(0)
        ears.hear(102, 103, 104, 105)
        ears.open.set()
        await soon(lambda: len(ears.heard) >= 3)
        ears.hear(106)
        await soon(lambda: len(ears.heard) == 6)
        await soon(lambda: book.notes["heard:7"] == "106")


async def test_who_does_not_answer_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateways.channels.discord.PAUSES", (0.0, 0.0, 0.0))
    book, server = Book(), Server(away=2)
    book.notes |= {"chats": '{"7": false}', "heard:7": "100"}
    server.said += [101, 102]
    ears = Ears(server, book, monkeypatch)
    ears.open.set()
    with ears.listening():
        known = {"user": {"id": "1", "username": "bot"}, "application": {"id": "2"}}
        ears.bot._hear("READY", known)
        ears.hear(103)
        await soon(lambda: len(ears.heard) == 3)
    assert ears.heard == ["m101", "m102", "m103"]


async def test_a_bug_makes_it_deaf_for_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as a Redis whose memory is full: what was heard cannot be written down."""

    class Full(Book):
        async def note(self, channel: str, delivery: str, name: str) -> None:
            raise RuntimeError("OOM")

    ears = Ears(Server(), Full(), monkeypatch)
    ears.open.set()
    with ears.listening():
        ears.hear(101, 102)
        await soon(lambda: len(ears.heard) == 2)


async def test_a_server_in_discord_s_place_is_forgotten_with_its_setting() -> None:
    """Else the token would go on going there."""
    before = http.Route.BASE
    try:
        made("http://127.0.0.1:9/")
        assert http.Route.BASE == "http://127.0.0.1:9/api/v10"
        made(None)
        assert f"BASE: ClassVar[str] = '{http.Route.BASE}'" in LIBRARY, "as the library has it"
    finally:
        http.Route.BASE = before
