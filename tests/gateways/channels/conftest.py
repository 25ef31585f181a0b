"""What the tests of every channel stand on: its vendor's server, its process, and a pipeline."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from gateways.channels.send import send
from tests.gateways.channels.discord_peer import discord
from tests.gateways.channels.email_peer import mailbox
from tests.gateways.channels.lender import Lender
from tests.gateways.channels.messenger import Messengers, messengers
from tests.gateways.channels.peer import Peer
from tests.gateways.channels.telegram_peer import telegram
from tests.gateways.channels.whatsapp_peer import whatsapp
from tests.processors.asking import GATEWAYS, House
from tests.stand import Stand

PEERS: dict[str, Callable[[], AbstractAsyncContextManager[Peer]]] = {
    "telegram": telegram, "discord": discord, "email": mailbox, "whatsapp": whatsapp,
}  # fmt: skip
"""The vendor's server of each channel."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test with every vendor's server, or with the one that its file names as `PEER`."""
    if "peer" in metafunc.fixturenames:
        named = getattr(metafunc.module, "PEER", None)
        metafunc.parametrize("peer", [named] if named else list(PEERS), indirect=True)


@pytest.fixture
async def peer(request: pytest.FixtureRequest) -> AsyncIterator[Peer]:
    async with PEERS[request.param]() as found:
        yield found


@pytest.fixture
async def process(stand: Stand, peer: Peer, tmp_path: Path) -> AsyncIterator[Messengers]:
    await stand.groups(send)
    async with messengers(stand, tmp_path, peer) as found:
        yield found


@pytest.fixture
async def house(stand: Stand, process: Messengers, peer: Peer) -> AsyncIterator[House]:
    """The pipeline; what leaves it is handed over by the messengers' process."""
    found = House(stand, (*GATEWAYS, *process.gateways))
    peer.page = found
    async with found.running():
        yield found


@pytest.fixture
async def lender(stand: Stand, process: Messengers, peer: Peer) -> AsyncIterator[Lender]:
    """The same, with files."""
    found = Lender(stand, process)
    peer.page = found
    async with found.running():
        yield found
