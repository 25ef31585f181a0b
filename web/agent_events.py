"""A turn in the words of the agent's stream, each event with an id behind which one can go on.

An event of the feed is called what it is called there, `<epoch>.<place>`. What is told from a
snapshot has no place there, so its id says how much was told: `<epoch>.<place>.<n>` is the n-th of
those events that will always be told the same, at the same place; whoever comes back with it gets a
new snapshot, without the first n. `…<n>-<k>` is the k-th behind them that may still change, such as
the text of a step that is being written; those are told anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from pydantic import BaseModel

from schemas.feed import Called, LiveEvent, ObservedLive, Printed, Stepped, Token
from schemas.web import AgentAnswer, AgentError, AgentThinking, CallView, Snapshot, StepView, Turn
from web.frames import Frame

END = "end"
"""Ends the id of a turn's last event."""

Event = tuple[str, BaseModel]
"""Its name, and what it says."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a client says that it was told.

    Attributes:
        cursor: where in the feed it goes on; '' for where it began with a snapshot.
        told: how many events of a snapshot it has that are told the same again.
        over: whether it was told the end.
    """

    cursor: str = ""
    told: int = 0
    over: bool = False

    @classmethod
    def of(cls, last: str) -> Self:
        """Read the id of the last event that a client has; what is none begins anew."""
        epoch, _, rest = last.partition(".")
        place, dot, more = rest.partition(".")
        if not dot:
            return cls(cursor=last)
        if more == END:
            return cls(cursor=f"{epoch}.{place}", over=True)
        told = more.partition("-")[0]
        fits = told.isascii() and told.isdecimal() and len(told) <= 6
        return cls(told=int(told) if fits else 0)


NEW = Known()


class Teller:
    """Tells one turn in the agent's words.

    Args:
        turn: which.
        known: what its client was told before.

    Attributes:
        over: whether its end was told.
    """

    def __init__(self, turn: str, known: Known = NEW) -> None:
        self.over = known.over
        self._turn = turn
        self._told = known.told
        self._cursor = known.cursor
        # The last step that it was told of; None where nobody can tell.
        self._step: int | None = None if known.cursor else -1

    def encode(self, frames: Sequence[Frame]) -> bytes:
        """Return what of these frames is about the turn."""
        return b"".join([one for frame in frames for one in self._of(frame)])

    def _of(self, frame: Frame) -> Iterator[bytes]:
        self._cursor = cursor = frame.cursor or self._cursor
        if self.over:
            return
        match frame.model:
            case Snapshot(turns=turns):
                for turn in turns:
                    if turn.id == self._turn:
                        yield from self._so_far(turn)
            case Turn(id=self._turn) as turn:
                yield from self._late(turn)
                yield self._end(turn)
        if frame.event is not None and frame.event.turn == self._turn:
            step: int = getattr(frame.event, "step", -1)
            if step >= 0:
                self._step = step if self._step is None else max(step, self._step)
            for name, data in _live(frame.event):
                yield _event(name, data, cursor)

    def _so_far(self, turn: Turn) -> Iterator[bytes]:
        """Tell what a turn has come to, where its single events are gone."""
        settled, open_ = split(turn)
        self._step = turn.steps[-1].step if turn.steps else -1
        known, self._told = self._told, 0  # a later snapshot, of another epoch, is told as a whole
        for number, (name, data) in enumerate(settled, 1):
            if number > known:
                yield _event(name, data, f"{self._cursor}.{number}")
        for number, (name, data) in enumerate(open_, 1):
            yield _event(name, data, f"{self._cursor}.{len(settled)}-{number}")
        if turn.state == "done":
            yield self._end(turn)

    def _late(self, turn: Turn) -> Iterator[bytes]:
        """Tell the steps of a turn that was over before anybody could see them begin."""
        for number, (name, data) in enumerate(split(turn)[0], 1):
            if self._step is not None and getattr(data, "step", -1) > self._step:
                yield _event(name, data, f"{self._cursor}.{number}")

    def _end(self, turn: Turn) -> bytes:
        self.over = True
        answer, cursor = turn.answer, f"{self._cursor}.{END}"
        assert answer is not None, "a turn that is over has an answer"
        if answer.outcome == "failed":
            error = AgentError(turn=turn.id, outcome=answer.outcome, text=answer.text)
            return _event("error", error, cursor)
        final = AgentAnswer(
            turn=turn.id, outcome=answer.outcome, text=answer.text, usage=turn.usage
        )
        return _event("final_answer", final, cursor)


def split(turn: Turn) -> tuple[list[Event], list[Event]]:
    """Return a turn's events up to the first that may still change, and those from there on."""
    settled: list[Event] = []
    open_: list[Event] = []
    into = settled
    for step in turn.steps:
        into = into if step.done else open_
        into += _thought(turn.id, step)
        into += [("tool_call", _called(turn.id, step, call)) for call in step.calls]
        for call in step.calls:
            # What comes behind one that runs has no certain place.
            into = open_ if call.state == "running" else into
            into += _brought(turn.id, step, call)
    return settled, open_


def _thought(turn: str, step: StepView) -> Iterator[Event]:
    yield "thinking", AgentThinking(turn=turn, step=step.step, text="", begins=True)
    for text, private in ((step.thinking, True), (step.text, False)):
        if text:
            thought = AgentThinking(turn=turn, step=step.step, text=text, private=private)
            yield "thinking", thought


def _called(turn: str, step: StepView, call: CallView) -> Called:
    return Called(
        turn=turn,
        step=step.step,
        call_id=call.call_id,
        tool=call.tool,
        tier=call.tier,
        arguments=call.arguments,
    )


def _brought(turn: str, step: StepView, call: CallView) -> Iterator[Event]:
    if call.state != "running":
        yield (
            "observation",
            ObservedLive(
                turn=turn,
                step=step.step,
                call_id=call.call_id,
                tool=call.tool,
                ok=call.state == "done",
                state=call.state,
                content=call.content,
                elapsed_ms=call.elapsed_ms,
            ),
        )
    elif call.content:
        yield (
            "tool_output",
            Printed(
                turn=turn,
                step=step.step,
                call_id=call.call_id,
                text=call.content,
                size=len(call.content),
            ),
        )


def _live(event: LiveEvent) -> Iterator[Event]:
    match event:
        case Stepped():
            yield "thinking", AgentThinking(turn=event.turn, step=event.step, text="", begins=True)
        case Token():
            thought = AgentThinking(
                turn=event.turn, step=event.step, text=event.text, private=event.thinking
            )
            yield "thinking", thought
        case Called() | Printed() | ObservedLive():
            yield event.type, event


def _event(name: str, data: BaseModel, cursor: str) -> bytes:
    head = f"id: {cursor}\nevent: {name}\ndata: "
    return head.encode() + data.model_dump_json().encode() + b"\n\n"
