"""Files on Discord: what is too large, elsewhere or never comes, and what is not sent."""

from __future__ import annotations

import base64

import pytest

from gateways.channels.discord_files import HOSTS
from gateways.channels.discord_listen import SERVER
from gateways.channels.discord_send import UPLOAD
from gateways.channels.fetching import at_home
from gateways.channels.shelf import LARGEST, ON_THE_PAGE
from schemas.chat import Received
from tests.gateways.channels.discord_peer import Discord
from tests.gateways.channels.lender import Lender
from tests.gateways.channels.messenger import Messengers
from tests.gateways.channels.peer import LONG
from tests.stand import Stand, soon

PEER = "discord"
pytestmark = pytest.mark.timeout(400)


async def test_what_cannot_be_taken_in_is_said(
    stand: Stand, lender: Lender, process: Messengers, peer: Discord
) -> None:
    await process.start()
    await peer.happen(
        peer.said(""),
        peer.sent_file(f"{peer.url}/files/x", LARGEST + 1),
        peer.sent_file("https://elsewhere.example/files/x", 9),
        peer.attached("right.txt", b"a text", "and now?"),
    )
    await peer.hears("you said and now?")
    nothing, large, elsewhere = (await peer.texts())[:-1]
    assert "only text, pictures and files" in nothing
    assert "20 MB" in large
    assert "where this file is" in elsewhere
    (heard,) = [Received.model_validate_json(one) for one in await stand.data("inbox")]
    assert heard.text == "and now?"
    assert len(lender.kept()) == 1
    (fetched,) = [one for one in await peer.log() if one["did"] == "fetched"]
    assert fetched["file"] == base64.urlsafe_b64encode(b"a text").decode()
    # Who hands out files is not shown who we are.
    assert "authorization" not in fetched["asked"]


async def test_of_what_is_not_sent_it_is_said_why(
    lender: Lender, process: Messengers, peer: Discord
) -> None:
    large = lender.file("large.bin", b"\0" * (UPLOAD + 1))
    right = lender.file("right.txt", b"a text")
    await process.start()
    await peer.say(f"offer {large}")
    (told,) = await peer.hears(ON_THE_PAGE)
    assert told.startswith("`large.bin` is not sent here. It is too large: 10 MB")
    await peer.say(f"!offer {right}", group="600")
    await peer.hears("`right.txt` is not sent here. Others read here", "600")
    await peer.say(f"offer {right}")
    await soon(peer.got, LONG)
    assert await peer.got() == [("right.txt", b"a text")]
    assert await peer.got("600") == []
    assert not await lender.stand.letters()


@pytest.mark.parametrize(
    ("address", "there"),
    [
        ("https://cdn.discordapp.com/attachments/1/2/a.txt?ex=1&is=2&hm=3", True),
        ("https://media.discordapp.net/attachments/1/2/a.txt", True),
        ("http://cdn.discordapp.com/attachments/1/2/a.txt", False),
        ("https://cdn.discordapp.com.evil.example/x", False),
        ("https://evildiscordapp.com/x", False),
        ("https://cdn.discordapp.com:8443/x", False),
        ("http://127.0.0.1:6379/x", False),
        ("file:///etc/passwd", False),
    ],
)
def test_a_file_is_fetched_from_discord_alone(address: str, there: bool) -> None:
    assert at_home(address, SERVER, HOSTS) is there
