"""Files on Telegram: what is hostile, too large or never comes, and what must not be sent."""

from __future__ import annotations

from typing import Any

import pytest

from gateways.channels.shelf import LARGEST, ON_THE_PAGE
from schemas.chat import Received
from tests.gateways.channels.lender import Lender
from tests.gateways.channels.messenger import Messengers
from tests.gateways.channels.peer import LONG
from tests.gateways.channels.telegram_peer import Telegram
from tests.stand import Stand, soon

PEER = "telegram"
pytestmark = pytest.mark.timeout(400)

AWAY = {"kind": "status", "status": 502}
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


async def heard(stand: Stand) -> list[Received]:
    """Return what was taken in."""
    return [Received.model_validate_json(one) for one in await stand.data("inbox")]


async def test_a_picture_without_words_is_its_name(
    stand: Stand, lender: Lender, process: Messengers, peer: Telegram
) -> None:
    sizes = [
        {"file_id": name, "file_unique_id": name, "width": 1, "height": 1, "file_size": 9}
        for name in ("c21hbGw=", peer.attached("x", PNG, "")["message"]["document"]["file_id"])
    ]
    await peer.happen(peer.other({"photo": sizes}))
    await process.start()
    await peer.hears("you said photo.jpg")
    (one,) = await heard(stand)
    (file,) = one.attachments
    assert (one.text, file.name, file.type, file.size) == (
        "photo.jpg", "photo.jpg", "image/png", len(PNG),
    )  # fmt: skip


async def test_what_cannot_be_taken_in_is_named(
    stand: Stand, lender: Lender, process: Messengers, peer: Telegram
) -> None:
    voice = {"file_id": "x", "file_unique_id": "x", "duration": 1}
    large = LARGEST + 1
    await peer.happen(
        peer.other({"voice": voice, "caption": "listen"}),
        peer.sent_file("zeros-9", large),
        peer.sent_file(f"zeros-{large}", 9),
        peer.sent_file("at:/etc/passwd", 9),
        peer.sent_file("at:../../x", 9),
        peer.said("and now?"),
    )
    await process.start()
    await peer.hears("you said and now?")
    voiced, *told = (await peer.texts())[:-1]
    assert voiced == "I cannot take in a voice message here: only text, pictures and files."
    assert [one.partition("20 MB")[1] for one in told] == ["20 MB", "20 MB", "", ""]
    assert "where this file is" in told[2]
    assert [one.text for one in await heard(stand)] == ["and now?"]
    assert lender.kept() == []
    fetched = [one["file"] for one in await peer.log() if one["did"] == "fetched"]
    assert fetched == [f"zeros-{large}"]


async def test_words_beside_a_file_decide_nothing(
    lender: Lender, process: Messengers, peer: Telegram
) -> None:
    await process.start()
    await peer.say("clean a")
    card = await peer.card()
    code = card.text.partition("APPROVE ")[2][:9]
    # In a conversation of their own, or they would wait behind the question.
    beside = peer.attached("a.txt", b"a text", f"!APPROVE {code}")
    beside["message"]["chat"] = {"id": -100, "type": "group", "title": "x"}
    await peer.happen(beside)
    await peer.hears(f"you said APPROVE {code}", "-100")
    assert lender.world.done == []
    await peer.press(card, yes=True, who="17")
    await soon(lambda: lender.world.done, LONG)


async def test_of_what_is_not_sent_it_is_said_why(
    lender: Lender, process: Messengers, peer: Telegram
) -> None:
    large, empty, gone, right = (
        lender.file("large.bin", b"\0" * (LARGEST + 1)), lender.file("empty.txt", b""),
        lender.file("gone.txt", b"a text"), lender.file("right.txt", b"a text"),
    )  # fmt: skip
    await process.start()
    why = {large: ON_THE_PAGE, empty: "It is empty."}
    for path, words in why.items():
        await peer.say(f"offer {path}")
        await peer.hears(words)
    await peer.do("fault", method="sendMessage", fault=AWAY, times=1_000)
    await peer.say(f"offer {gone}")
    await soon(lambda: _offered(lender, gone), LONG)
    (lender.folder / "gone.txt").unlink()
    await peer.do("well")
    await peer.hears("gone.txt is not sent here.")
    await peer.say(f"!offer {right}", group="-100")
    await peer.hears("right.txt is not sent here. Others read here", "-100")
    await peer.do("fault", method="sendDocument", fault=AWAY)
    await peer.say(f"offer {right}")
    await soon(peer.got, LONG)
    assert await peer.got() == [("right.txt", b"a text")]
    assert await peer.got("-100") == []
    assert not await lender.stand.letters()


async def _offered(lender: Lender, path: str) -> bool:
    return any(path in one for one in await lender.stand.data("parcels"))


def test_there_is_a_name_for_all_that_is_not_read() -> None:
    from telegram import Message  # noqa: PLC0415

    from gateways.channels.telegram_updates import UNREAD  # noqa: PLC0415

    slots: Any = Message.__slots__
    assert set(UNREAD) <= set(slots)
