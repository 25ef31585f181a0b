"""Whoever sends what cannot be taken in: a stranger hears what strangers hear, and nothing else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from telegram import Update

from gateways.channels.base import NOT_READ, Aside, Heard, News, Taken
from gateways.channels.discord import Discord
from gateways.channels.door import UNPROVEN, Door
from gateways.channels.telegram import Telegram
from gateways.channels.telegram_updates import Me
from gateways.channels.whatsapp import Account, WhatsApp
from gateways.channels.whatsapp_updates import heard as read
from processors.inbox import admit
from schemas.base import now_ms
from schemas.chat import Received, Remark
from streams import keys
from streams.accept import Ingress
from streams.remarks import Remarks
from streams.sign import Gateway
from streams.store import connect
from tests.gateways.channels.book import Book
from tests.gateways.channels.whatsapp_wire import NUMBER, wrapped
from tests.stand import Stand

PICTURE = Heard("1", "17", "18", "", private=True, unread="I cannot take in a song here.")


class Greets:
    """Tells every stranger the same."""

    def __init__(self) -> None:
        self.greeted = list[str]()

    async def greet(self, channel: str, heard: Heard) -> str | None:
        self.greeted.append(heard.who)
        return "I do not know you."


async def test_only_whoever_is_known_is_told_that_it_cannot_be_taken_in() -> None:
    greets = Greets()
    people: dict[str, str] = {}
    door = Door("x", cast(Ingress, None), people.get, greets)
    assert await door.receive(PICTURE) == Taken(told="I do not know you.")
    assert await door.receive(replace(PICTURE, private=False)) == Taken()
    assert greets.greeted == ["17"]
    people["17"] = "ada"
    assert await door.receive(PICTURE) == Taken(told=PICTURE.unread)
    assert await door.receive(replace(PICTURE, proven=False)) == Taken(told=UNPROVEN)


CALL = Heard("1", "17", "-100", "what now?", among=True)
ASIDE = Aside("2", "-100", "Eve", "I broke it")


async def test_what_is_said_to_others_is_kept_once_somebody_known_called(stand: Stand) -> None:
    await stand.groups(admit)
    people: dict[str, str] = {"17": "ada"}
    redis = connect(stand.servers.durable_url("channels"))
    remarks = Remarks(redis)
    wire = Gateway("channel-x", b"x" * 32, frozenset({"x"}))
    door = Door("x", stand.ingress(gateway=wire), people.get, remarks=remarks)

    async def heard() -> Received:
        return Received.model_validate_json((await stand.data("inbox"))[-1])

    assert await door.receive(ASIDE) == Taken()
    assert await door.receive(replace(CALL, who="99")) == Taken()
    assert await stand.data("inbox") == []
    assert await stand.tester.keys(f"{keys.REMARKS}*") == [], "nobody known called it there"
    assert (await door.receive(CALL)).turn
    assert (await heard()).remarks == ()
    for _ in range(2):
        assert await door.receive(ASIDE) == Taken()
    assert (await door.receive(replace(CALL, id="3"))).turn
    assert (await heard()).remarks == (Remark(name="Eve", text="I broke it"),)
    # What comes again is no second message, though more was said since then.
    await door.receive(replace(ASIDE, id="4"))
    assert await door.receive(CALL) == Taken()
    assert len(await stand.data("inbox")) == 2
    # Alone with the server, nobody else is quoted.
    await door.receive(replace(CALL, id="5", among=False))
    assert (await heard()).remarks == ()
    people.clear()
    await door.receive(replace(ASIDE, id="6"))
    assert await stand.tester.keys(f"{keys.REMARKS}*") == [], "whoever called is a stranger again"
    await redis.aclose()


async def test_without_a_place_for_it_nothing_is_kept_of_what_others_say(stand: Stand) -> None:
    people: dict[str, str] = {"17": "ada"}
    door = Door("x", cast(Ingress, None), people.get)
    assert await door.receive(ASIDE) == Taken()


@pytest.mark.parametrize("name", ["telegram", "discord", "whatsapp"])
async def test_a_channel_says_nothing_by_itself(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, came = list[str](), list[News]()
    answer = Taken()

    async def receive(what: News) -> Taken:
        came.append(what)
        return answer

    async def say(_: str, text: str) -> bool:
        said.append(text)
        return True

    async def send() -> None:
        await sending[name](channels[name], receive)

    channels: dict[str, Any] = {
        "telegram": Telegram("token", None, Book()),
        "discord": Discord("token", None, Book()),
        "whatsapp": WhatsApp(Account("", "", "", NUMBER, "", ""), tmp_path, Book()),
    }
    monkeypatch.setattr(channels[name], "_say", say)
    await send()
    assert (len(came), said) == (1, [])
    answer = Taken(told=NOT_READ)
    await send()
    assert said == [NOT_READ]


async def _telegram(channel: Any, receive: Any) -> None:
    channel._receive, channel._me = receive, Me(7, "bot")
    message = {
        "message_id": 5, "date": 1, "chat": {"id": 17, "type": "private"},
        "voice": {"file_id": "x", "file_unique_id": "x", "duration": 1},
        "from": {"id": 17, "is_bot": False, "first_name": "Eve"},
    }  # fmt: skip
    channel._fetcher = type("Fetcher", (), {"fetch": None})
    await channel._take(Update.de_json({"update_id": 9, "message": message}, None))


async def _discord(channel: Any, receive: Any) -> None:
    channel._receive, channel._me = receive, "1"
    author = {"id": "17", "username": "eve"}
    message = {"id": "5", "type": 0, "content": "", "author": author, "channel_id": "7"}
    await channel._said(message, guild=False)


async def _whatsapp(channel: Any, receive: Any) -> None:
    message = {
        "id": "wamid.1", "from": "15550099", "timestamp": str(now_ms() // 1000), "type": "image",
    }  # fmt: skip
    value = {"metadata": {"phone_number_id": NUMBER}, "messages": [message]}
    for update in read(wrapped(value), NUMBER, ""):
        await channel._take(update, receive)


sending: dict[str, Callable[[Any, Any], Awaitable[None]]] = {
    "telegram": _telegram, "discord": _discord, "whatsapp": _whatsapp,
}  # fmt: skip
