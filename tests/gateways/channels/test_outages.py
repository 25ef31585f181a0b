"""What every channel keeps when a process dies, or its vendor is away."""

from __future__ import annotations

import signal
from collections import Counter

import pytest

from tests.gateways.channels.messenger import Messengers
from tests.gateways.channels.peer import Peer
from tests.processors.asking import House

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


async def test_what_was_sent_before_a_death_is_not_sent_again(
    house: House, process: Messengers, peer: Peer
) -> None:
    await process.start(NEXUS_CRASH="send.after_send:1")
    await peer.say("hello")
    assert await process.kill(signal.SIGCONT) == -signal.SIGKILL
    await process.start()
    await peer.say("again")
    await peer.hears("you said again")
    assert await peer.texts() == ["you said hello", "you said again"]


async def test_a_send_that_nobody_answered_is_repeated_once(
    house: House, process: Messengers, peer: Peer
) -> None:
    """It arrived, and the process dies before it hears so: a vendor may know a repeat, or not."""
    await process.start()
    await peer.fail("send", "silent")
    await peer.say("hello")
    await peer.hears("you said hello")
    assert await process.kill() == -signal.SIGKILL
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
    for text in ("four", "five", "six"):
        await peer.say(text)
    await process.state(lambda one: one.state == "failing")
    await peer.away(False)
    await peer.hears("you said six")
    told = [f"you said {one}" for one in ("one", "two", "three", "four", "five", "six")]
    assert await peer.texts() == told
    assert not await house.stand.letters()
