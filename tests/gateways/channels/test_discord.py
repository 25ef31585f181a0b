"""What only Discord has: servers with threads, a slash command, messages that were missed."""

from __future__ import annotations

import pytest

from tests.gateways.channels.discord_peer import Discord
from tests.gateways.channels.messenger import Messengers
from tests.gateways.channels.peer import LONG
from tests.processors.asking import House
from tests.stand import soon

PEER = "discord"
pytestmark = pytest.mark.timeout(400)


async def test_in_a_thread_it_hears_what_is_meant_for_it(
    house: House, process: Messengers, peer: Discord
) -> None:
    await process.start()
    await peer.say("what do you think?", group="600")
    await peer.say("!what is on?", group="600")
    await peer.hears("you said what is on?", "600")
    assert await peer.texts("600") == ["you said what is on?"]
    # A stranger is told no code where others read it.
    await peer.say("!and me?", "99", group="600")
    await peer.say("<@777> once more", group="600")
    await peer.hears("you said once more", "600")
    assert len(await peer.texts("600")) == 2


async def test_it_is_asked_by_a_command_and_calls_nobody(
    house: House, process: Messengers, peer: Discord
) -> None:
    await process.start()
    user = {"id": "17", "username": "Somebody", "discriminator": "0", "avatar": None}
    options = [{"name": "question", "type": 3, "value": "hello @everyone"}]
    data = {"id": "1", "name": "ask", "type": 1, "options": options}
    await peer.happen(peer.interaction(2, data, user, "17"))
    await peer.hears("you said hello @everyone")

    async def answered() -> bool:
        return any(one["did"] == "answered" and one["type"] == 4 for one in await peer.log())

    await soon(answered, LONG)
    log = await peer.log()
    assert [one["commands"][0]["name"] for one in log if one["did"] == "commands"] == ["ask"]
    sent = [one for one in log if one["did"] == "sent"]
    assert all(one["allowed_mentions"] == {"parse": []} for one in sent)


async def test_what_was_said_while_it_was_away_is_answered(
    house: House, process: Messengers, peer: Discord
) -> None:
    await process.start()
    await peer.say("one")
    await peer.hears("you said one")
    await process.kill()
    for text in ("two", "three"):
        await peer.say(text)
    await process.start()
    await peer.hears("you said three")
    assert await peer.texts() == [f"you said {one}" for one in ("one", "two", "three")]


async def test_what_it_did_and_did_not_hear_of_is_there_once(
    house: House, process: Messengers, peer: Discord
) -> None:
    await process.start()
    await peer.fail("send", "lost")
    await peer.say("hello")
    await peer.say("again")
    await peer.hears("you said again")
    # On a slow day it is the beginning of the answer that was lost, which bears no name of its own.
    whole = [text for text in await peer.texts() if not text.endswith(" …")]
    assert whole == ["you said hello", "you said again"]
