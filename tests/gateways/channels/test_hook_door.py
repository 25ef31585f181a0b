"""The way of a webhook to the process that knows its secret."""

from __future__ import annotations

import asyncio
import hmac
from pathlib import Path

import pytest

from gateways.channels.base import News, Taken
from gateways.channels.hook_door import LARGEST, Answered, Knock, knock, path
from gateways.channels.whatsapp import Account, WhatsApp
from gateways.channels.whatsapp_send import NAME
from schemas.errors import TooMuch
from tests.gateways.channels.book import Book
from tests.gateways.channels.whatsapp_peer import VERIFY, whatsapp
from tests.gateways.channels.whatsapp_peer import WhatsApp as Peer
from tests.gateways.channels.whatsapp_wire import NUMBER, SECRET, TOKEN, wrapped


def signature(body: bytes, secret: str = SECRET) -> str:
    return f"sha256={hmac.digest(secret.encode(), body, 'sha256').hex()}"


def channel(sockets: Path, server: str) -> WhatsApp:
    return WhatsApp(Account(TOKEN, SECRET, VERIFY, NUMBER, server), sockets, Book())


async def test_nobody_there_is_said_so_that_it_comes_again(tmp_path: Path) -> None:
    assert await knock(tmp_path, NAME, Knock()) == Answered(503)


async def test_only_what_is_signed_comes_in(tmp_path: Path) -> None:
    took: list[str] = []
    full = [True]

    async def receive(what: News) -> Taken:
        if full.pop() if full else False:
            raise TooMuch("not now", retry_after=1)
        took.append(what.id)
        return Taken()

    async with whatsapp() as peer:
        assert isinstance(peer, Peer)
        one = channel(tmp_path, peer.url)
        await one.start(receive)
        try:
            body = wrapped(peer.said("hello"))
            forged = Knock(len(body), signature(body, "another"))
            assert await knock(tmp_path, NAME, forged, body) == Answered(403)
            assert await knock(tmp_path, NAME, Knock(len(body)), body) == Answered(403)
            right = Knock(len(body), signature(body))
            # Not taken in: then WhatsApp must send it again.
            assert await knock(tmp_path, NAME, right, body) == Answered(503)
            assert await knock(tmp_path, NAME, right, body) == Answered(200)
            assert len(took) == 1
            assert (await knock(tmp_path, NAME, Knock(LARGEST + 1, "x"))).status == 503
        finally:
            await one.stop()
        assert not path(tmp_path, NAME).exists()
        assert await knock(tmp_path, NAME, right, body) == Answered(503)


@pytest.mark.parametrize(
    ("token", "challenge", "status"),
    [(VERIFY, "1158201444", 200), ("wrong", "1", 403), (VERIFY, "<script>", 403), ("-", "", 403)],
)
async def test_only_who_knows_the_word_is_answered(
    tmp_path: Path, token: str, challenge: str, status: int
) -> None:
    async def receive(_: News) -> Taken:
        return Taken()

    one = channel(tmp_path, "http://127.0.0.1:9")
    await one.start(receive)
    try:
        found = await knock(tmp_path, NAME, Knock(token=token, challenge=challenge))
    finally:
        await one.stop()
    assert found == Answered(status, challenge if status == 200 else "")


async def test_half_a_knock_hurts_nobody(tmp_path: Path) -> None:
    async def receive(_: News) -> Taken:
        return Taken()

    one = channel(tmp_path, "http://127.0.0.1:9")
    await one.start(receive)
    try:
        for said in (b"", b"{}", b"[]\n", b'{"size": -1}\n', b'{"size": 9}\nx', b"\xff\n"):
            _, writer = await asyncio.open_unix_connection(path(tmp_path, NAME))
            writer.write(said)
            writer.close()
        found = await knock(tmp_path, NAME, Knock(token=VERIFY, challenge="1"))
        assert found == Answered(200, "1")
    finally:
        await one.stop()
