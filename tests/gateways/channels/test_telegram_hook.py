"""Telegram calling us: only with our secret, once, in order, and again where nobody took it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateways.channels.telegram_hook import Hook
from gateways.channels.whatsapp_door import Knock, knock
from tests.gateways.channels import telegram_peer
from tests.gateways.channels.messenger import Messengers
from tests.gateways.channels.peer import LONG
from tests.gateways.channels.telegram_peer import Telegram
from tests.processors.asking import House
from tests.stand import Stand, soon

pytestmark = pytest.mark.timeout(400)

URL = "https://home.example/api/channels/telegram/webhook"


@pytest.fixture
async def peer() -> Any:
    async with telegram_peer.telegram() as found:
        yield found


async def webhook(peer: Telegram, many: int = 1) -> dict[str, Any]:
    """Wait until Telegram was told so often where to call, and return what it was told."""

    async def told() -> dict[str, Any] | None:
        found = await peer.sent("webhook")
        return found[-1] if len(found) >= many else None

    found: dict[str, Any] = await soon(told, LONG)
    return found


async def called(stand: Stand, update: Any, secret: str) -> int:
    """Call as the web door hands it on; return how that is answered."""
    body = update if isinstance(update, bytes) else json.dumps(update).encode()
    sockets = stand.servers.pair.durable.socket.parent
    return (await knock(sockets, Knock(len(body), secret), body, "telegram")).status


async def test_what_it_calls_with_is_answered_once_and_in_order(
    stand: Stand, house: House, process: Messengers, peer: Telegram
) -> None:
    one, two, three = (peer.said(text) for text in ("one", "two", "three"))
    await process.start(TELEGRAM_WEBHOOK_URL=URL)
    about = await webhook(peer)
    secret = about["secret_token"]
    assert (about["url"], about["max_connections"]) == (URL, "1")
    assert len(secret) == 64
    await process.state(lambda state: state.state == "running")
    assert [await called(stand, each, secret) for each in (one, two, one)] == [200] * 3
    await peer.hears("you said two")
    await process.kill()
    assert await called(stand, three, secret) == 503
    await process.start(TELEGRAM_WEBHOOK_URL=URL)
    assert (await webhook(peer, 2))["secret_token"] == secret
    await process.state(lambda state: state.state == "running")
    assert [await called(stand, each, secret) for each in (two, three)] == [200] * 2
    await peer.hears("you said three")
    assert await peer.texts() == [f"you said {each}" for each in ("one", "two", "three")]
    # It is called, and asks nobody.
    assert not [each for each in await peer.log() if each["did"] == "asked"]


async def test_without_the_secret_nothing_comes_in_and_nonsense_stops_nothing(
    stand: Stand, house: House, process: Messengers, peer: Telegram
) -> None:
    await process.start(TELEGRAM_WEBHOOK_URL=URL)
    secret = (await webhook(peer))["secret_token"]
    await process.state(lambda state: state.state == "running")
    for wrong in ("", "x", secret[:-1], secret.upper() + "x"):
        assert await called(stand, peer.said("forged"), wrong) == 403
    for odd in (b"", b"[" * 100_000, b"[1]", b"null", b"\xff", *peer.hostile()):
        assert await called(stand, odd, secret) == 200
    assert await called(stand, peer.said("hello"), secret) == 200
    await peer.hears("you said hello")
    assert not [one for one in await stand.data("inbox") if "forged" in one]


async def test_it_goes_back_to_asking_where_there_is_no_address(
    house: House, process: Messengers, peer: Telegram
) -> None:
    await process.start(TELEGRAM_WEBHOOK_URL=URL)
    await webhook(peer)
    await process.kill()
    await process.start()
    await peer.say("hello")
    await peer.hears("you said hello")


def test_each_key_has_a_secret_of_its_own() -> None:
    one, other = (Hook(URL, Path(), key) for key in (b"a" * 32, b"b" * 32))
    assert one.secret != other.secret
    assert one.key.hex() not in one.secret
    assert "key" not in repr(one)
