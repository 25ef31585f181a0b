"""What is said aloud in a turn, as one text that only grows."""

from __future__ import annotations

from schemas.errors import Transient
from schemas.web import Snapshot, Turn
from web.fold import Board
from web.frames import Frame

SPEAKS = frozenset({"step", "token", "tool_call"})
"""Events that change what has been said aloud."""


class Restarted(Transient):
    """What was said already is not what is said now."""

    code = "restarted"
    status = 502

    def __init__(self) -> None:
        super().__init__("The answer was begun anew after part of it had been sent; ask again.")


class Aloud:
    """Follows one turn.

    Args:
        turn: which.

    Attributes:
        over: the whole turn, once it is over.
    """

    def __init__(self, turn: str) -> None:
        self.over: Turn | None = None
        self._turn = turn
        self._board = Board(turn)  # its conversation is nobody's business here
        self._said = ""

    def take(self, frame: Frame) -> str:
        """Return what a frame adds to what was said.

        A step that begins anew is silent until it has caught up with what was said of it.

        Raises:
            Restarted: it says something else now.
        """
        self.see(frame)
        turn = self._board.get(self._turn)
        if turn is None:
            return ""
        text = whole(turn) if self.over else so_far(turn)
        if not text.startswith(self._said):
            if self._said.startswith(text) and not self.over:
                return ""
            raise Restarted
        more, self._said = text[len(self._said) :], text
        return more

    def see(self, frame: Frame) -> None:
        """Take notice of a frame."""
        match frame.model:
            case Snapshot(turns=turns):
                self._board = Board(self._turn, turns)
            case Turn(id=self._turn) as turn:
                self._board.replace(turn)
        event = frame.event
        if event is not None and event.turn == self._turn and frame.name in SPEAKS:
            self._board.apply(event)
        found = self._board.get(self._turn)
        if found is not None and found.state == "done":
            self.over = found


def so_far(turn: Turn) -> str:
    """Return what has been said in a turn that goes on."""
    return "\n\n".join(step.text for step in turn.steps if step.text)


def whole(turn: Turn) -> str:
    """Return all that was said in a turn that is over: words before a tool call, the answer."""
    before = [step.text for step in turn.steps if step.text and step.calls]
    return "\n\n".join([*before, turn.answer.text if turn.answer else ""])
