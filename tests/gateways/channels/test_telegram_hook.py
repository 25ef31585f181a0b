"""Telegram calling us: only with our secret, once, in order, and again where nobody took it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from gateways.channels import telegram_hook
from gateways.channels.base import News, Taken
from gateways.channels.hook_door import Answered, Knock, knock
from gateways.channels.telegram import Telegram
from gateways.channels.telegram_hook import Hook
from schemas.errors import TooMuch
from tests.gateways.channels.book import Book
from tests.gateways.channels.messenger import Messengers
from tests.gateways.channels.peer import LONG
from tests.gateways.channels.telegram_peer import TOKEN
from tests.gateways.channels.telegram_peer import Telegram as Peer
from tests.processors.asking import House
from tests.stand import Stand, soon

PEER = "telegram"
pytestmark = pytest.mark.timeout(400)

URL = "https://home.example/api/channels/telegram/webhook"


async def webhook(peer: Peer, many: int = 1) -> dict[str, Any]:
    """Wait until Telegram was told so often where to call, and return what it was told."""

    async def told() -> dict[str, Any] | None:
        found = await peer.sent("webhook")
        return found[-1] if len(found) >= many else None

    found: dict[str, Any] = await soon(told, LONG)
    return found


async def call(sockets: Path, update: Any, secret: str) -> Answered:
    """Call as the web door hands it on; return how that is answered."""
    body = update if isinstance(update, bytes) else json.dumps(update).encode()
    return await knock(sockets, "telegram", Knock(len(body), secret), body)


async def test_what_it_calls_with_is_answered_once_and_in_order(
    house: House, process: Messengers, peer: Peer
) -> None:
    one, two, three = (peer.said(text) for text in ("one", "two", "three"))
    await process.start(TELEGRAM_WEBHOOK_URL=URL)
    about = await webhook(peer)
    assert (about["url"], about["max_connections"]) == (URL, "1")
    assert len(about["secret_token"]) == 64
    await peer.happen(one, two, one)
    await peer.hears("you said two")
    await process.kill()
    many = len(await peer.sent("called"))
    await peer.happen(two, three)

    async def called_in_vain() -> bool:
        return len(await peer.sent("called")) > many

    await soon(called_in_vain, LONG)
    await process.start(TELEGRAM_WEBHOOK_URL=URL)
    assert (await webhook(peer, 2))["secret_token"] == about["secret_token"]
    await peer.hears("you said three")
    # Dead before it was written down as sent, an answer may be there twice.
    told = list(dict.fromkeys(await peer.texts()))
    assert told == [f"you said {each}" for each in ("one", "two", "three")]
    assert 503 in {each["status"] for each in await peer.sent("called")}
    assert not await peer.sent("asked"), "it is called, and asks nobody"


async def test_without_the_secret_nothing_comes_in_and_nonsense_stops_nothing(
    stand: Stand, house: House, process: Messengers, peer: Peer
) -> None:
    await process.start(TELEGRAM_WEBHOOK_URL=URL)
    secret = (await webhook(peer))["secret_token"]
    await process.state(lambda state: state.state == "running")
    sockets = stand.servers.pair.durable.socket.parent
    for wrong in ("", "x", secret[:-1], secret.upper() + "x"):
        assert await call(sockets, peer.said("forged"), wrong) == Answered(403)
    for odd in (b"", b"[" * 100_000, b"[1]", b"null", b"\xff", *peer.hostile()):
        assert await call(sockets, odd, secret) == Answered(200)
    await peer.say("hello")
    await peer.hears("you said hello")
    assert not [one for one in await stand.data("inbox") if "forged" in one]


async def test_the_way_may_change_and_nothing_is_lost(
    house: House, process: Messengers, peer: Peer
) -> None:
    for number, where in enumerate(("", URL, "")):
        await process.start(TELEGRAM_WEBHOOK_URL=where)
        await peer.say(f"hello {number}")
        await peer.hears(f"you said hello {number}")
        await process.kill()
        await peer.say(f"meanwhile {number}")
    await process.start()
    await peer.hears("you said meanwhile 2")
    told = list(dict.fromkeys(await peer.texts()))
    words = [f"you said {word} {n}" for n in range(3) for word in ("hello", "meanwhile")]
    assert told == words


async def test_it_is_taken_once_it_is_durable_and_once(peer: Peer, tmp_path: Path) -> None:
    heard: list[str] = []
    durable, full = asyncio.Event(), [True]

    async def receive(what: News) -> Taken:
        if full and full.pop():
            raise TooMuch("not now", retry_after=0.01)
        heard.append(what.id)
        await durable.wait()
        return Taken()

    hook = Hook(URL, tmp_path, b"k" * 32)
    one = Telegram(TOKEN, peer.url, Book(), hook=hook)
    await one.start(receive)
    try:
        await soon(lambda: one.state == "running", LONG)
        update = peer.said("hello")
        first = asyncio.create_task(call(tmp_path, update, hook.secret))
        await soon(lambda: heard, LONG)
        assert not first.done()
        # Whoever called is gone, and calls again; it is still under way.
        first.cancel()
        again = asyncio.create_task(call(tmp_path, update, hook.secret))
        durable.set()
        assert await again == Answered(200)
        assert await call(tmp_path, update, hook.secret) == Answered(200)
        assert len(heard) == 1
    finally:
        await one.stop()
    assert await call(tmp_path, update, hook.secret) == Answered(503)


async def test_calls_that_do_not_come_through_are_said(
    peer: Peer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram_hook, "LOOK", 0.05)
    monkeypatch.setattr(telegram_hook, "SOON", 0.05)
    heard: list[str] = []

    async def receive(what: News) -> Taken:
        heard.append(what.id)
        return Taken()

    one = Telegram(TOKEN, peer.url, Book(), hook=Hook(URL, tmp_path, b"k" * 32))
    await one.start(receive)
    try:
        await peer.say("hello")
        await soon(lambda: "do not come through" in one.why, LONG)
        assert one.state == "failing"
        await peer.meet(tmp_path)
        await soon(lambda: heard and one.state == "running", LONG)
    finally:
        await one.stop()


def test_each_key_has_a_secret_of_its_own() -> None:
    one, other = (Hook(URL, Path(), key) for key in (b"a" * 32, b"b" * 32))
    assert one.secret != other.secret
    assert one.key.hex() not in one.secret
    assert "key" not in repr(one)
