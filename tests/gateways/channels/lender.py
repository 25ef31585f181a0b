"""A pipeline whose agent reads the files that people send, and offers those of a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gateways.llm.base import Attachments, Request, ToolSaid
from gateways.llm.scripted import Step, Wish, question
from gateways.machines.filesystem import Files
from ops.attachments import Attached
from processors.agent.mind import Mind
from processors.tools.builtin.files import download_offer
from processors.tools.registry import Registry
from tests.gateways.channels.messenger import Messengers
from tests.processors.asked import mind
from tests.processors.asking import GATEWAYS, House, disk_clean
from tests.stand import Stand


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
