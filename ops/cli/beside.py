"""What a pipe is told while an answer is awaited: on standard error, at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.cli.screen import complain
from schemas.feed import LiveEvent, Notice, Queued

if TYPE_CHECKING:
    from ops.cli.conversation import Ended


class Beside:
    """Says what a person at a terminal would see beside the answer, each thing once.

    Where no model answers, a question waits for up to an hour, and so does what was asked behind
    it: who waits in silence takes it for a command that hangs.
    """

    def __init__(self) -> None:
        self._told: set[str] = set()

    def event(self, event: LiveEvent) -> None:
        """Say what there is to know about the turn."""
        match event:
            case Notice():
                self._tell(event.text)
            case Queued(behind=behind):
                others = "another message" if behind == 1 else f"{behind} other messages"
                first = ", the first of them for a decision" if event.asking else ""
                self._tell(f"It waits behind {others} of this conversation{first}.")
            case _:
                pass

    def tick(self) -> None:
        """Show nothing: what goes by is seen on a screen alone."""

    def end(self, ended: Ended) -> None:
        """Say what was missed meanwhile, and whether any model gave the answer.

        Whoever has the answer alone would take what the rules say for a model's.
        """
        for text in ended.notices:
            self._tell(text)
        if ended.notices and ended.model == "rules":
            complain("No model answered: this comes from the rules of the server.")

    def _tell(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            complain(text)
