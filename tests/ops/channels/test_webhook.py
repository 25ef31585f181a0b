"""Where vendors call: the web door hands it on, and says what the messengers' process says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateways.channels.hook_door import LARGEST, Answered, Knock, opened
from ops.channels.webhook import PATH
from ops.settings import TELEGRAM_CALLS as TELEGRAM
from streams.embedded import socket_folder
from tests.ops.users.home import Home, running
from tests.stand import Stand

VERIFY = {"hub.mode": "subscribe", "hub.verify_token": "word", "hub.challenge": "42"}
SIGNED = {"X-Hub-Signature-256": "sha256=right"}
SECRET = "X-Telegram-Bot-Api-Secret-Token"


@pytest.fixture
async def home(stand: Stand, tmp_path: Path) -> AsyncIterator[Home]:
    async with running(stand, tmp_path) as found:
        yield found


def sockets(home: Home) -> Path:
    found = home.settings.streams.sockets or socket_folder(home.settings.root)
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


async def test_a_call_goes_on_as_it_came(home: Home) -> None:
    told: list[tuple[Knock, bytes]] = []

    async def serve(said: Knock, body: bytes) -> Answered:
        told.append((said, body))
        if said.token:
            return Answered(200, said.challenge) if said.token == "word" else Answered(403)
        return Answered(200 if said.signature == "sha256=right" else 403)

    server = await opened(sockets(home), "whatsapp", serve)
    who = home.browser()
    try:
        said = await who.ask("GET", PATH, params=VERIFY)
        assert (said.status_code, said.text) == (200, "42")
        assert said.headers["content-type"].startswith("text/plain")
        said = await who.ask("GET", PATH, params={**VERIFY, "hub.verify_token": "x"})
        assert said.status_code == 403
        said = await who.ask("GET", PATH, params={**VERIFY, "hub.verify_token": ""})
        assert said.status_code == 403
        said = await who.ask("GET", PATH)
        assert said.status_code == 422
        said = await who.ask("POST", PATH, content=b'{"a" :1}', headers=SIGNED)
        assert said.status_code == 200
        assert told[-1] == (Knock(8, "sha256=right"), b'{"a" :1}')
        for headers, status in (({}, 403), ({"X-Hub-Signature-256": "sha256=x"}, 403)):
            said = await who.ask("POST", PATH, content=b"{}", headers=headers)
            assert said.status_code == status
        many = len(told)
        said = await who.ask("POST", PATH, content=b"x" * (LARGEST + 1), headers=SIGNED)
        assert (said.status_code, len(told)) == (413, many)
    finally:
        server.close()


async def test_telegram_is_known_by_its_secret(home: Home) -> None:
    told: list[tuple[Knock, bytes]] = []

    async def serve(said: Knock, body: bytes) -> Answered:
        told.append((said, body))
        return Answered(200 if said.signature == "right" else 403)

    server = await opened(sockets(home), "telegram", serve)
    who = home.browser()
    try:
        said = await who.ask("POST", TELEGRAM, content=b'{"a" :1}', headers={SECRET: "right"})
        assert said.status_code == 200
        assert told == [(Knock(8, "right"), b'{"a" :1}')]
        said = await who.ask("POST", TELEGRAM, content=b"{}", headers={SECRET: "wrong"})
        assert said.status_code == 403
        # Without a secret, or with one without an end, nobody is asked.
        for headers in ({}, {SECRET: "x" * 300}, SIGNED):
            said = await who.ask("POST", TELEGRAM, content=b"{}", headers=headers)
            assert (said.status_code, len(told)) == (403, 2)
        large = b"x" * (LARGEST + 1)
        said = await who.ask("POST", TELEGRAM, content=large, headers={SECRET: "right"})
        assert (said.status_code, len(told)) == (413, 2)
    finally:
        server.close()


@pytest.mark.parametrize(("path", "headers"), [(PATH, SIGNED), (TELEGRAM, {SECRET: "right"})])
async def test_without_messengers_it_is_to_be_sent_again(
    home: Home, path: str, headers: dict[str, str]
) -> None:
    said = await home.browser().ask("POST", path, content=b"{}", headers=headers)
    assert said.status_code == 503
    assert said.headers["retry-after"]
