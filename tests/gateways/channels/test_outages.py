"""What every channel keeps when a process dies, its vendor is away, or its secret is revoked."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from pathlib import Path

import pytest

from gateways.channels.send import send
from ops.vault import Vault
from tests.gateways.channels.discord_peer import discord
from tests.gateways.channels.messenger import Messengers, messengers
from tests.gateways.channels.peer import LONG, Peer
from tests.gateways.channels.telegram_peer import telegram
from tests.processors.asking import GATEWAYS, House
from tests.stand import Stand, soon

pytestmark = pytest.mark.timeout(400)


async def test_killed_again_and_again_it_answers_everything_in_order(
    house: House, process: Messengers, peer: Peer
) -> None:
    deaths = 3
    await process.start()
    for round_ in range(deaths):
        for number in range(round_ * 4, round_ * 4 + 4):
            await peer.say(f"message {number:02}")
        await peer.hears(f"message {round_ * 4:02}")
        assert await process.kill() == -signal.SIGKILL
        await process.start()
    await peer.hears("message 11")
    told = await peer.texts()
    assert list(dict.fromkeys(told)) == [f"you said message {number:02}" for number in range(12)]
    # Sent, and dead before that was written down: once for each death, and no more.
    assert sum(count - 1 for count in Counter(told).values()) <= deaths


@pytest.mark.parametrize("point", ["send.before_send", "send.after_send"])
async def test_what_was_sent_before_a_death_is_not_sent_again(
    house: House, process: Messengers, peer: Peer, point: str
) -> None:
    await process.start(NEXUS_CRASH=f"{point}:1")
    await peer.say("hello")
    assert await process.kill(signal.SIGCONT) == -signal.SIGKILL
    await process.start()
    await peer.say("again")
    await peer.hears("you said again")
    assert await peer.texts() == ["you said hello", "you said again"]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=["dies", "ends"])
async def test_a_send_that_nobody_answered_is_repeated_once(
    house: House, process: Messengers, peer: Peer, how: signal.Signals
) -> None:
    """It arrived, and the process ends before it hears so: a vendor may know a repeat, or not."""
    await process.start(NEXUS_STREAMS__DRAIN_SECONDS="1")
    await peer.fail("send", "silent")
    await peer.say("hello")
    await peer.hears("you said hello")
    assert await process.kill(how) == (-how if how == signal.SIGKILL else 0)
    await process.start()
    await peer.say("again")
    await peer.hears("you said again")
    many = 1 if peer.recognises else 2
    assert await peer.texts() == ["you said hello"] * many + ["you said again"]
    assert not await house.stand.letters()


async def test_an_outage_drains_in_order(house: House, process: Messengers, peer: Peer) -> None:
    await peer.fail("send", "broken", times=4)
    await peer.fail("send", "garbage")
    await peer.fail("hear", "garbage", times=2)
    await process.start()
    for text in ("one", "two", "three"):
        await peer.say(text)
    await peer.hears("you said three")
    await peer.away(True)
    await process.state(lambda one: one.state == "failing")
    for text in ("four", "five", "six"):
        await peer.say(text)
    await peer.away(False)
    await peer.hears("you said six")
    told = [f"you said {one}" for one in ("one", "two", "three", "four", "five", "six")]
    assert await peer.texts() == told
    assert not await house.stand.letters()


async def test_what_a_revoked_secret_held_up_goes_out_with_the_next_one(
    stand: Stand, house: House, process: Messengers, peer: Peer
) -> None:
    words = " ".join(f"word{number}" for number in range(10))
    vault = Vault(process.root)
    await asyncio.to_thread(vault.put, peer.secret, peer.right)
    await process.start(**{peer.secret: ""})
    await process.state(lambda one: one.state == "running")
    await peer.say(f"slowly {words}")
    await soon(lambda: stand.data("inbox"), LONG)
    another = f"{peer.right}-2"
    await peer.signs(another)
    await soon(lambda: stand.data("parcels"), LONG)
    await process.state(lambda one: one.state == "failing")
    await asyncio.to_thread(vault.put, peer.secret, another)
    await peer.hears("word9")
    assert [one.strip() for one in await peer.texts()] == [words]
    assert not await stand.letters()


async def test_one_that_is_away_holds_nobody_else_up(stand: Stand, tmp_path: Path) -> None:
    """Two messengers in one process: what one of them cannot hand over outlives the process."""
    asked = [f"{name} says slowly what it is" for name in ("one", "two", "three")]
    await stand.groups(send)
    async with (
        telegram() as away,
        discord() as there,
        messengers(stand, tmp_path, away, there) as process,
    ):
        house = House(stand, (*GATEWAYS, *process.gateways))
        async with house.running():
            await process.start()
            for words in asked:
                await away.say(f"slowly {words}")
            await soon(lambda: _has(stand, "inbox", away.name, len(asked)), LONG)
            await away.away(True)
            await soon(lambda: _has(stand, "parcels", away.name, len(asked)), LONG)
            await there.say("hello")
            await there.hears("you said hello")
            await process.kill()
            await process.start()
            await there.say("again")
            await there.hears("you said again")
            await process.state(lambda one: one.state == "failing", away.name)
            assert asked[-1] not in "".join(await away.texts())
            await away.away(False)
            await away.hears(asked[-1])
            assert [one.strip() for one in await away.texts()] == asked
            assert await there.texts() == ["you said hello", "you said again"]
            assert not await stand.letters()


async def _has(stand: Stand, topic: str, channel: str, many: int) -> bool:
    """Whether so many messages of a channel came by a topic."""
    return sum(f'"channel":"{channel}"' in one for one in await stand.data(topic)) >= many
