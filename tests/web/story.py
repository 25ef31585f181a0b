"""A turn as it really goes: what is said live, what becomes durable, in the order of its work."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.feed import (
    AskedLive,
    Called,
    Finished,
    LiveEvent,
    ObservedLive,
    Printed,
    Stepped,
    Token,
)
from schemas.record import Asked, Entry, Observed, Said, Thought, ToolCall
from schemas.web import Turn
from streams.conversation import Told
from web.turns import view


@dataclass(frozen=True)
class Commit:
    """Entries become durable; the last commit of a turn ends it."""

    turn: str
    entries: tuple[Entry, ...]
    ends: bool = False


Deed = LiveEvent | Commit


def story(turn: str, steps: list[list[str]], at: int = 0) -> list[Deed]:
    """Return a turn that thinks in these steps; all but the last call a tool.

    Args:
        turn: its name.
        steps: the pieces of each step's text.
        at: when it is asked.
    """
    asked = Asked(
        at=at, text=f"question {turn}", person="owner", channel="web", chat="c", profile="full"
    )
    deeds: list[Deed] = [AskedLive(turn=turn, text=asked.text, at=at), Commit(turn, (asked,))]
    for number, pieces in enumerate(steps):
        text, last = "".join(pieces), number == len(steps) - 1
        call = f"{turn}-{number}"
        calls = () if last else (ToolCall(call_id=call, tool="time_now", arguments={}),)
        thought = Thought(step=number, model="m", text=text, calls=calls)
        deeds.append(Stepped(turn=turn, step=number, model="m"))
        deeds += [Token(turn=turn, step=number, text=piece) for piece in pieces]
        if last:
            deeds.append(Commit(turn, (thought, Said(text=text, outcome="answered"))))
            continue
        observed = Observed(
            step=number, index=0, call_id=call, tool="time_now", ok=True, content="noon"
        )
        deeds += [
            Commit(turn, (thought,)),
            Called(
                turn=turn, step=number, call_id=call, tool="time_now", tier="GREEN", arguments={}
            ),
            Printed(turn=turn, step=number, call_id=call, text="no", size=2),
            ObservedLive(
                turn=turn,
                step=number,
                call_id=call,
                tool="time_now",
                ok=True,
                content="noon",
                elapsed_ms=0,
            ),
            Commit(turn, (observed,)),
        ]
    said = "".join(steps[-1])
    answer = Finished(turn=turn, id=f"{turn}:0", part=0, parts=1, text=said, outcome="answered")
    return [*deeds, Commit(turn, (), ends=True), answer]


def durable(deeds: list[Deed]) -> list[Turn]:
    """Return the turns as the durable side has them after these deeds."""
    records: dict[str, list[Entry]] = {}
    over = set[str]()
    for deed in deeds:
        if isinstance(deed, Commit):
            records.setdefault(deed.turn, []).extend(deed.entries)
            over |= {deed.turn} if deed.ends else set()
    return [
        view(
            Told(turn, tuple(record), "over" if turn in over else "running"), "s", lambda _: "GREEN"
        )
        for turn, record in records.items()
    ]


def live(deeds: list[Deed]) -> list[LiveEvent]:
    """Return what was said live in these deeds."""
    return [deed for deed in deeds if not isinstance(deed, Commit)]


def shown(turns: tuple[Turn, ...]) -> list[tuple[object, ...]]:
    """Return what a person sees of these turns, without times."""
    return [
        (
            turn.id,
            turn.question,
            turn.state,
            [(step.step, step.text, step.done) for step in turn.steps],
            [
                (call.call_id, call.tool, call.state, call.content)
                for step in turn.steps
                for call in step.calls
            ],
            turn.answer.text if turn.answer else None,
        )
        for turn in turns
    ]
