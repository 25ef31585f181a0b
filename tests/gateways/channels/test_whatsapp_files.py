"""Files on WhatsApp: what is too large, elsewhere or never comes, and what is not taken."""

from __future__ import annotations

import base64

import pytest

from gateways.channels.fetching import at_home
from gateways.channels.shelf import LARGEST, ON_THE_PAGE
from gateways.channels.whatsapp_files import HOSTS
from schemas.chat import Received
from tests.gateways.channels.lender import Lender
from tests.gateways.channels.messenger import Messengers
from tests.gateways.channels.peer import LONG
from tests.gateways.channels.whatsapp_peer import WhatsApp
from tests.stand import Stand, soon

PEER = "whatsapp"
pytestmark = pytest.mark.timeout(400)


async def test_what_cannot_be_taken_in_is_said(
    stand: Stand, lender: Lender, process: Messengers, peer: WhatsApp
) -> None:
    await process.start()
    await peer.happen(
        peer.wrote({"type": "audio", "audio": {"id": "1", "caption": "!listen"}}),
        peer.sent_file(f"zeros-{LARGEST + 1}", "large"),
        peer.sent_file("elsewhere", "elsewhere"),
        peer.said("and now?"),
    )
    await peer.hears("you said and now?")
    voiced, large, elsewhere = (await peer.texts())[:-1]
    assert "only text, pictures and files" in voiced
    assert "20 MB" in large
    assert "where this file is" in elsewhere
    (one,) = [Received.model_validate_json(one) for one in await stand.data("inbox")]
    assert one.text == "and now?"
    assert lender.kept() == []
    assert (await peer.log())["fetched"] == []


async def test_of_what_is_not_sent_it_is_said_why(
    lender: Lender, process: Messengers, peer: WhatsApp
) -> None:
    large = lender.file("large.bin", b"\0" * (LARGEST + 1))
    right = lender.file("right.txt", b"a text")
    await process.start()
    await peer.say(f"offer {large}")
    await peer.hears(ON_THE_PAGE)
    await peer.say(f"offer {right}")
    await soon(peer.got, LONG)
    assert await peer.got() == [("right.txt", b"a text")]
    assert not await lender.stand.letters()


@pytest.mark.parametrize(
    ("address", "there"),
    [
        ("https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1", True),
        ("https://graph.example/files/1", True),
        ("http://lookaside.fbsbx.com/x", False),
        ("https://fbsbx.com.evil.example/x", False),
        ("https://evilfbsbx.com/x", False),
        ("https://lookaside.fbsbx.com@evil.example/x", False),
        ("https://lookaside.fbsbx.com:8443/x", False),
        ("http://graph.example/files/1", False),
        ("https://graph.example.evil.example/1", False),
        ("file:///etc/passwd", False),
        ("https://[::1", False),
        ("", False),
    ],
)
def test_our_token_is_shown_to_whatsapp_alone(address: str, there: bool) -> None:
    assert at_home(address, "https://graph.example/v24.0", HOSTS) is there


def test_what_it_calls_a_file_names_no_other_place() -> None:
    from gateways.channels.whatsapp_updates import REF  # noqa: PLC0415

    assert REF.fullmatch(base64.urlsafe_b64encode(b"a text").decode())
    assert not [one for one in ("../1", "1/2", "1?x=y", "", "1\n", "1#") if REF.fullmatch(one)]
