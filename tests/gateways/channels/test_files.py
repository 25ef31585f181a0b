"""What every channel does with files: takes them in and hands them over, or says that it cannot."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateways.channels.files import plain_name
from gateways.channels.shelf import ON_THE_PAGE
from gateways.llm.base import Attachments, Request, ToolSaid
from gateways.llm.scripted import Step, Wish, question
from gateways.machines.filesystem import Files
from ops.attachments import Attached
from processors.agent.mind import Mind
from processors.tools.builtin.files import download_offer
from processors.tools.registry import Registry
from tests.gateways.channels.messenger import Messengers
from tests.gateways.channels.peer import LONG, Peer
from tests.processors.asked import mind
from tests.processors.asking import GATEWAYS, House, disk_clean
from tests.stand import Stand, soon

pytestmark = pytest.mark.timeout(400)


def offering(request: Request) -> Step:
    """Offer the file that is named, or say what was said, files and all."""
    asked = question(request)
    if any(isinstance(one, ToolSaid) for one in request.exchanges):
        return Step(text="Here it is.")
    word, _, path = asked.partition(" ")
    if word == "offer":
        return Step(calls=(Wish(tool="download_offer", arguments={"path": path}),))
    if word == "clean":
        return Step(calls=(Wish(tool="disk_clean", arguments={"disk": path}),))
    return Step(text=f"you said {asked}")


class Lender(House):
    """A pipeline with the files of a state folder.

    Args:
        stand: both servers.
        process: the messengers, which have the same folder.
    """

    def __init__(self, stand: Stand, process: Messengers) -> None:
        super().__init__(stand, (*GATEWAYS, *process.gateways))
        self.root = process.root
        self.folder = process.root / "workspace"
        self.folder.mkdir()

    def resources(self) -> dict[type, object]:
        """Return what the stages ask for."""
        around: dict[type, Any] = {Files: Files((self.folder,)), type(self.world): self.world}
        return {
            **super().resources(),
            Mind: mind(script=offering),
            Attachments: Attached(self.root / "attachments"),
            Registry: Registry((download_offer, disk_clean), around, self.rules),
        }

    def kept(self) -> list[Path]:
        """Return what lies where files are kept."""
        found = self.root / "attachments"
        return sorted(found.iterdir()) if found.exists() else []

    def file(self, name: str, data: bytes) -> str:
        """Write a file that is open to the agent; return its path."""
        (self.folder / name).write_bytes(data)
        return str(self.folder / name)


@pytest.fixture
async def house(stand: Stand, process: Messengers, peer: Peer) -> AsyncIterator[Lender]:
    """The pipeline; what leaves it is handed over by the messengers' process."""
    found = Lender(stand, process)
    peer.page = found
    async with found.running():
        yield found


async def test_a_file_is_read_and_kept_once_or_it_is_said_that_it_is_not(
    house: Lender, process: Messengers, peer: Peer
) -> None:
    sent = peer.attached("../x/notes.txt", b"the cellar floods", "what is in it?")
    await peer.happen(sent)
    await process.start()
    if not peer.files:
        (told,) = await peer.hears("read")
        assert "cellar" not in told
        assert house.kept() == []
        return
    await peer.hears("the cellar floods")
    await process.kill()
    # The vendor never heard that it was taken in, and a stranger sends something too.
    await peer.happen(sent, peer.attached("x.txt", b"hostile", "read this", peer.stranger))
    await process.start()
    await peer.say("again")
    await peer.hears("you said again")
    await peer.hears("I do not know you.", peer.stranger)
    # Dead before it was written down as sent, the first answer may be there twice.
    told, _ = dict.fromkeys(await peer.texts())
    assert told.startswith("you said what is in it?\n\nAttached file 'notes.txt' (text/plain")
    (file,) = house.kept()
    assert file.read_bytes() == b"the cellar floods"


async def test_what_a_turn_offers_is_sent_or_it_is_said_where_it_is(
    house: Lender, process: Messengers, peer: Peer
) -> None:
    path = house.file("report.pdf", b"%PDF-1.7 all is well")
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
