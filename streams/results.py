"""What a stage returned, as its server function reads it."""

from __future__ import annotations

from typing import Any

from schemas.approvals import Card
from schemas.base import Message
from schemas.chat import Admitted, Answer, Call
from schemas.record import Chosen, Observed
from streams import spending
from streams.approvals import question
from streams.children import task
from streams.entry import Held, counted_for
from streams.record import TurnRecord
from streams.settings import StreamsSettings
from streams.stage import Stage
from streams.store import Argument


def listed(result: object) -> list[Message]:
    """Return what a stage returned as a list, in its order."""
    if result is None:
        return []
    if isinstance(result, Message):
        return [result]
    assert isinstance(result, list | tuple)
    return list(result)


def function(stage: Stage[..., Any], messages: list[Message]) -> str:
    """Return the server function that takes this result."""
    if stage.commit == "settle":
        if any(isinstance(one, Card) for one in messages):
            return "ask"
        if any(isinstance(one, Admitted) for one in messages):
            return "spawn"
    return stage.commit


def arguments(
    stage: Stage[..., Any],
    held: Held,
    record: TurnRecord,
    messages: list[Message],
    settings: StreamsSettings,
) -> tuple[str, list[Argument], int]:
    """Return a server function, its item of a group commit, and what that adds to the record.

    Args:
        stage: whose result it is; streams/library/ lists what its function takes.
        held: the entry that was handled.
        record: the turn's record, with what the stage added.
        messages: what it returned.
        settings: the mailbox's bound, and how long a repeat is recognised.

    Returns:
        The function's name, the item's arguments, and how many bytes the turn's record grows by.
    """
    facts = [entry.encoded() for entry in record.added]
    head: list[Argument] = [held.id, held.generation]
    body: list[Argument] = [len(facts), *facts, len(messages)]
    for message in messages:
        body += (message.topic, message.encoded())
    name = function(stage, messages)
    match name:
        case "ask":
            found = question(held, record, messages, settings)
        case "spawn":
            found = task(held, record, messages, settings)
        case "admit":
            admitted = next((one for one in messages if isinstance(one, Admitted)), None)
            record.turn = admitted.turn if admitted else ""  # it begins here
            found = _admission(held, admitted, settings, head, body)
        case "finish":
            found = _finish(held, record, head, body)
        case "halt":
            target = next((one.turn for one in messages if isinstance(one, Answer)), "")
            found = [*head, target, *body, counted_for(held.message)]
        case "settle":
            assert held.message is not None
            spent = spending.counted(held.message, record.added, record.known)
            found = [*head, held.turn, *body, held.message.id, _effect(record), len(spent), *spent]
        case _:
            opened = [message.id for message in messages if isinstance(message, Call)]
            spent = spending.counted(held.message, record.added, record.known)
            # What only shows a turn's state ends it in no way, and goes on when it is over.
            turn = "" if stage.delivers else held.turn
            found = [*head, turn, *body, len(opened), *opened, len(spent), *spent]
    return name, found, sum(map(len, facts))


def _admission(
    held: Held,
    admitted: Admitted | None,
    settings: StreamsSettings,
    head: list[Argument],
    body: list[Argument],
) -> list[Argument]:
    once = held.source.once if held.source else ""
    turn, session = admitted.turn if admitted else "", counted_for(held.message)
    life = settings.dedupe_days * 86_400
    # What a gateway accepted is not refused any more, however much came in before it got here.
    vouched = held.source is not None and held.source.gateway is not None
    room = settings.mailbox + (settings.backlog if vouched else 0)
    return [*head, once, life, turn, session, room, *body]


def _finish(
    held: Held, record: TurnRecord, head: list[Argument], body: list[Argument]
) -> list[Argument]:
    assert held.message is not None
    chosen = next(reversed(record.of(Chosen)), None)
    kept = chosen.model_copy(update={"fresh": False}).encoded() if chosen else ""
    fresh = "1" if chosen and chosen.fresh else "0"
    return [*head, held.turn, held.message.session, *body, kept, fresh]


def _effect(record: TurnRecord) -> str:
    """Return how the call's effect ended, if it had one; it is the last entry that was added."""
    last = record.added[-1] if record.added else None
    if isinstance(last, Observed) and last.effect is not None:
        return last.effect
    return ""
