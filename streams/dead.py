"""What is written down when a message is given up, and what the person is told."""

from __future__ import annotations

import base64
import traceback

from schemas.base import Message, TurnMessage, new_id
from schemas.chat import Answer, Received, Reply
from schemas.desk import DeadLetter
from schemas.errors import Expected
from streams.entry import Held
from streams.stage import Stage

KEPT_BYTES = 262_144
"""How much of the original is kept."""


def said(error: BaseException, most: int) -> str:
    """Return what an error says, as text that every reader can bear."""
    whole = str(error).encode("utf-8", "replace").decode()
    return whole.replace("\x00", "\ufffd")[:most]


def letter(stage: Stage[..., object], held: Held, error: BaseException) -> DeadLetter:
    """Write the dead letter of an entry that nobody can handle."""
    message = held.message
    return DeadLetter(
        id=new_id(),
        stage=stage.name,
        source=stage.topic,
        entry=held.id,
        code=error.code if isinstance(error, Expected) else "bug",
        error=type(error).__name__,
        text=said(error, 2_000),
        stack=_stack(error),
        attempts=tuple(held.failures),
        original=base64.b64encode(held.data[:KEPT_BYTES]).decode(),
        size=len(held.data),
        signature=held.signature[:256],
        turn=held.turn or None,
        session=message.session if message else None,
        history=held.history,
    )


def bare(letter: DeadLetter) -> str:
    """Return a letter, as JSON, short enough for every bound."""
    return letter.model_copy(
        update={
            "original": letter.original[:65_536],
            "stack": "",
            "attempts": letter.attempts[-5:],
            "history": (),
        }
    ).model_dump_json()


def _stack(error: BaseException) -> str:
    text = "".join(traceback.format_exception(error))[-8_000:]
    return text.encode("utf-8", "replace").decode()


def notices(held: Held, buried: DeadLetter) -> tuple[list[Message], bool]:
    """Return what tells the person, and whether the turn ends with it.

    A turn that fails on its way gets an `Answer`, so that it ends as every turn does. Where the
    failing stage is the one that would end it, the reply goes out directly.
    """
    text = (
        f"I could not finish this: {buried.text or buried.error} "
        f"(kept at the dead-letter desk as {buried.id})"
    )[:4_000]
    message = held.message
    if isinstance(message, Received):
        reply = Reply.after(
            message,
            id=f"{message.id}:reply:0",
            turn=message.id,
            chat=message.chat,
            part=0,
            parts=1,
            text=text,
            outcome="refused",
        )
        return [reply], False
    if not isinstance(message, TurnMessage) or isinstance(message, Reply):
        return [], False
    if isinstance(message, Answer):
        return [], True
    answer = Answer.after(
        message, id=f"{message.turn}:answer", turn=message.turn, outcome="failed", notice=text
    )
    return [answer], False
