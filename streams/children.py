"""A task that one turn hands to another, as the server function `spawn` takes it."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.base import Message
from schemas.chat import Admitted, Answer, Call
from schemas.record import Asked, Delegated
from streams.entry import Held
from streams.record import TurnRecord
from streams.settings import StreamsSettings
from streams.store import Argument

STOPPED = "Stopped."
"""What a task says that ends with its parent."""


def task(
    held: Held,
    record: TurnRecord,
    messages: Sequence[Message],
    settings: StreamsSettings,
) -> list[Argument]:
    """Return the item of `spawn`: the stage returned a task, and what goes on when it must not.

    Args:
        held: the entry of the call that waits for it.
        record: its turn's record; what the stage added is the task's question, the note of it, and
            what the call came to should it not begin.
        messages: the task's first message, and what goes on when it must not begin.
        settings: how many tasks a turn may have.
    """
    call = held.message
    assert isinstance(call, Call)
    admitted = next(one for one in messages if isinstance(one, Admitted))
    asked = next(one for one in record.added if isinstance(one, Asked))
    noted = next(one for one in record.added if isinstance(one, Delegated))
    facts = [one.encoded() for one in record.added if one is not asked and one is not noted]
    on = [one for one in messages if one is not admitted]
    found: list[Argument] = [held.id, held.generation, held.turn, len(facts), *facts, len(on)]
    for message in on:
        found += (message.topic, message.encoded())
    child = admitted.turn
    stop = Answer.after(
        admitted, id=f"{child}:answer", turn=child, outcome="stopped", notice=STOPPED
    )
    again = call.model_copy(update={"child": child})
    found += [call.id, call.approval or "", child, admitted.session, settings.children]
    found += [one.encoded() for one in (noted, asked, admitted, again, stop)]
    return found
