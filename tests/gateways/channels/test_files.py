"""What every channel does with files: takes them in and hands them over, or says that it cannot."""

from __future__ import annotations

import pytest

from gateways.channels.files import plain_name
from gateways.channels.shelf import ON_THE_PAGE
from tests.gateways.channels.lender import Lender
from tests.gateways.channels.messenger import Messengers
from tests.gateways.channels.peer import LONG, Peer
from tests.stand import soon

pytestmark = pytest.mark.timeout(400)


async def test_a_file_is_read_and_kept_once_or_it_is_said_that_it_is_not(
    lender: Lender, process: Messengers, peer: Peer
) -> None:
    sent = peer.attached("../x/notes.txt", b"the cellar floods", "what is in it?")
    await peer.happen(sent)
    await process.start()
    if not peer.files:
        (told,) = await peer.hears("read")
        assert "cellar" not in told
        assert lender.kept() == []
        return
    await peer.hears("the cellar floods")
    await process.kill()
    # The vendor never heard that it was taken in, and a stranger sends something too.
    await peer.happen(sent)
    await process.start()
    await peer.say("again")
    await peer.hears("you said again")
    await peer.happen(peer.attached("x.txt", b"hostile", "read this", peer.stranger))
    await peer.hears("I do not know you.", peer.stranger)
    # Dead before it was written down as sent, the first answer may be there twice.
    told, _ = dict.fromkeys(await peer.texts())
    assert told.startswith("you said what is in it?\n\nAttached file 'notes.txt' (text/plain")
    (file,) = lender.kept()
    assert file.read_bytes() == b"the cellar floods"


async def test_a_file_that_never_comes_keeps_nobody_waiting(
    lender: Lender, process: Messengers, peer: Peer
) -> None:
    if not await peer.lose(4):
        pytest.skip("a file comes with the words beside it")
    await process.start()
    lost, late = (peer.attached(f"{one}.txt", b"a text", one) for one in ("lost", "late"))
    await peer.happen(lost, late, peer.said("and now?", peer.owner))
    await peer.hears("you said and now?")
    refused, *others = await peer.texts()
    assert "Send it again" in refused
    assert [one.partition("\n")[0] for one in others] == ["you said late", "you said and now?"]
    (file,) = lender.kept()
    assert file.read_bytes() == b"a text"


async def test_what_a_turn_offers_is_sent_or_it_is_said_where_it_is(
    lender: Lender, process: Messengers, peer: Peer
) -> None:
    path = lender.file("report.pdf", b"%PDF-1.7 all is well")
    await process.start()
    await peer.say(f"offer {path}")
    (told,) = await peer.hears("Here it is.")
    assert (ON_THE_PAGE in " ".join(told.split())) is not peer.files
    if not peer.files:
        assert await peer.got() == []
        return
    await soon(peer.got, LONG)
    await process.kill()
    await process.start()
    await peer.say("again")
    await peer.hears("you said again")
    found = await peer.got()
    assert set(found) == {("report.pdf", b"%PDF-1.7 all is well")}
    # Dead before it was written down as sent, it may be there twice.
    assert len(found) <= 2


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/srv/a b.txt", "a b.txt"), ("/srv/\u202egpj.exe", "gpj.exe"), ("a\r\nb\".txt", "ab.txt"),
        ("/", "file"), (f"/{'x' * 300}.txt", f"{'x' * 116}.txt"),
    ],
)  # fmt: skip
def test_a_name_is_data(path: str, shown: str) -> None:
    assert plain_name(path) == shown
