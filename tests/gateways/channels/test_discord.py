"""What only Discord has: servers with threads, a slash command, messages that were missed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateways.channels.send import send
from tests.gateways.channels import discord_peer
from tests.gateways.channels.discord_peer import Discord
from tests.gateways.channels.messenger import Messengers, messengers
from tests.gateways.channels.peer import LONG
from tests.processors.asking import GATEWAYS, House
from tests.stand import Stand, soon

pytestmark = pytest.mark.timeout(400)


@pytest.fixture
async def discord() -> AsyncIterator[Discord]:
    async with discord_peer.discord() as found:
        yield found


@pytest.fixture
async def process(stand: Stand, discord: Discord, tmp_path: Path) -> AsyncIterator[Messengers]:
    await stand.groups(send)
    async with messengers(stand, tmp_path, discord) as found:
        yield found


@pytest.fixture
async def house(stand: Stand, process: Messengers) -> AsyncIterator[House]:
    found = House(stand, (*GATEWAYS, *process.gateways))
    async with found.running():
        yield found


async def test_in_a_thread_it_hears_what_is_meant_for_it(
    house: House, process: Messengers, discord: Discord
) -> None:
    await process.start()
    await discord.say("what do you think?", group="600")
    await discord.say("!what is on?", group="600")
    await discord.hears("you said what is on?", "600")
    assert await discord.texts("600") == ["you said what is on?"]
    # A stranger is told no code where others read it.
    await discord.say("!and me?", "99", group="600")
    await discord.say("<@777> once more", group="600")
    await discord.hears("you said once more", "600")
    assert len(await discord.texts("600")) == 2


async def test_it_is_asked_by_a_command_and_calls_nobody(
    house: House, process: Messengers, discord: Discord
) -> None:
    await process.start()
    user = {"id": "17", "username": "Somebody", "discriminator": "0", "avatar": None}
    options = [{"name": "question", "type": 3, "value": "hello @everyone"}]
    data = {"id": "1", "name": "ask", "type": 1, "options": options}
    await discord.happen(discord.interaction(2, data, user, "17"))
    await discord.hears("you said hello @everyone")

    async def answered() -> bool:
        return any(one["did"] == "answered" and one["type"] == 4 for one in await discord.log())

    await soon(answered, LONG)
    log = await discord.log()
    assert [one["commands"][0]["name"] for one in log if one["did"] == "commands"] == ["ask"]
    sent = [one for one in log if one["did"] == "sent"]
    assert all(one["allowed_mentions"] == {"parse": []} for one in sent)


async def test_what_was_said_while_it_was_away_is_answered(
    house: House, process: Messengers, discord: Discord
) -> None:
    await process.start()
    await discord.say("one")
    await discord.hears("you said one")
    await process.kill()
    for text in ("two", "three"):
        await discord.say(text)
    await process.start()
    await discord.hears("you said three")
    assert await discord.texts() == [f"you said {one}" for one in ("one", "two", "three")]


async def test_what_it_did_and_did_not_hear_of_is_there_once(
    house: House, process: Messengers, discord: Discord
) -> None:
    await process.start()
    await discord.fail("send", "lost")
    await discord.say("hello")
    await discord.say("again")
    await discord.hears("you said again")
    assert await discord.texts() == ["you said hello", "you said again"]
