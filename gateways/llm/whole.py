"""One step of thought, taken to its end: the pieces of an answer, put together."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from gateways.llm.base import (
    CUT,
    Began,
    CallDelta,
    Declined,
    Delta,
    Listener,
    Model,
    Request,
    Signed,
    Spent,
    TextDelta,
    ThinkingDelta,
)
from schemas.record import Replay, Usage

LONGEST = 100_000
"""Characters of an answer, and of the thinking before it, that are kept."""


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole step of thought.

    Attributes:
        model: who thought it; "" for the one who was asked.
        notices: what the person was told meanwhile.
        declined: whether it says that it cannot, in place of an answer.
    """

    text: str = ""
    thinking: str = ""
    calls: tuple[tuple[str, dict[str, Any]], ...] = ()
    usage: Usage = field(default_factory=Usage)
    replay: Replay | None = None
    model: str = ""
    notices: tuple[str, ...] = ()
    declined: bool = False


async def think(
    model: Model,
    request: Request,
    on_delta: Listener | None = None,
    whole: Whole | None = None,
) -> Completion:
    """Take one step to its end.

    Args:
        model: who thinks.
        request: about what.
        on_delta: is awaited with each piece before the next one is taken.
        whole: puts the pieces together; whoever gives it has them when the step is cancelled.

    Raises:
        Transient: a later try may help.
        Refused: no try helps.
    """
    whole = whole or Whole()
    async with aclosing(model.stream(request)) as deltas:
        async for delta in deltas:
            whole.take(delta)
            if on_delta is not None:
                await on_delta(delta)
            if whole.overlong:
                break
    return whole.completion()


class Whole:
    """The pieces of a step, put together; nobody reads a book that a model fell into writing."""

    def __init__(self) -> None:
        self._begin()
        self._paid = Usage()
        self._model = ""
        self._notices: list[str] = []

    def _begin(self) -> None:
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._written = self._thought = 0
        self._calls: list[tuple[str, dict[str, Any]]] = []
        self._usage = Usage()
        self._replay: Replay | None = None
        self._declined = False

    def take(self, delta: Delta) -> None:
        """Add a piece."""
        match delta:
            case TextDelta(piece):
                self._written += len(piece)
                self._text.append(piece)
            case ThinkingDelta(piece):
                self._thought += len(piece)
                if self._thought <= LONGEST:
                    self._thinking.append(piece)
            case CallDelta(tool, arguments):
                self._calls.append((tool, arguments))
            case Spent(usage):
                self._usage = usage
            case Signed(replay):
                self._replay = replay
            case Declined():
                self._declined = True
            case Began(model, notice):
                self._paid += self._usage
                self._begin()
                self._model = model
                self._notices += [notice] if notice else []

    @property
    def overlong(self) -> bool:
        """Whether more than that is kept was written."""
        return self._written > LONGEST

    def completion(self) -> Completion:
        """Return what was said so far."""
        text = "".join(self._text)
        return Completion(
            f"{text[:LONGEST]}{CUT}" if self.overlong else text,
            "".join(self._thinking),
            tuple(self._calls),
            self._paid + self._usage,
            self._replay,
            self._model,
            tuple(self._notices),
            self._declined,
        )
