"""Watches one call until it is over, and tells of what its caller should know meanwhile."""

from __future__ import annotations

from typing import Protocol

from schemas.approvals import ApprovalView
from schemas.web import CallView, Snapshot, Turn
from web.fold import Board
from web.frames import Frame
from web.outlet import Outlet


class Hears(Protocol):
    """Who is told."""

    async def says(self, text: str) -> None:
        """Take what the call has written so far."""
        ...

    async def asks(self, request: ApprovalView) -> None:
        """Take notice that a person is asked first."""
        ...


class Following:
    """Follows one turn.

    Args:
        turn: which.
        hears: who is told, each thing once.
    """

    def __init__(self, turn: str, hears: Hears) -> None:
        self._turn, self._hears = turn, hears
        self._board = Board(turn)  # its conversation is nobody's business here
        self._asked: set[str] = set()
        self._said = ""

    async def over(self, outlet: Outlet) -> None:
        """Return once the turn is over.

        Args:
            outlet: where the frames of its conversation come in.
        """
        while True:
            for frame in await outlet.take():
                self._see(frame)
            found = self._board.get(self._turn)
            if found is None:
                continue
            if found.state == "done":
                return
            for call in (call for step in found.steps for call in step.calls):
                await self._tell(call)

    def _see(self, frame: Frame) -> None:
        match frame.model:
            case Snapshot(turns=turns):
                self._board = Board(self._turn, turns)
            case Turn(id=self._turn) as turn:
                self._board.replace(turn)
        if frame.event is not None and frame.event.turn == self._turn:
            self._board.apply(frame.event)

    async def _tell(self, call: CallView) -> None:
        request = call.approval
        if request is not None and request.state == "pending" and request.id not in self._asked:
            self._asked.add(request.id)
            await self._hears.asks(request)
        if call.state == "running" and call.content and call.content != self._said:
            self._said = call.content
            await self._hears.says(call.content)
