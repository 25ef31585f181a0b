"""What is written down when a message is given up, and what the person is told."""

from __future__ import annotations

import base64
import re
import traceback
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from schemas.approvals import Card
from schemas.base import MAX_ID, Message, TurnMessage
from schemas.chat import Answer, Parcel, Received, Reply
from schemas.desk import Attempt, DeadLetter, Former, Report
from schemas.errors import Expected
from streams.entry import Held

KEPT_BYTES = 262_144
"""How much of the original is kept."""
NO_TURN = frozenset({"inbox", "control", "events", "outbox", "cards", "parcels"})
"""Topics whose messages let no turn go on: it has not begun, or is over."""
UNBOUND = frozenset({"inbox", "control", "events"})
"""Topics that others write: what they say of a turn is not believed."""


@dataclass(frozen=True, slots=True)
class Origin:
    """An entry as it stands on its topic.

    Attributes:
        stage: whose it was.
        topic: where it stands.
        entry: its id there.
        data: its bytes, as far as they are kept.
        size: how many there are.
        signature: the gateway's, if there is one.
        history: what it was before it was corrected.
    """

    stage: str
    topic: str
    entry: str
    data: bytes
    size: int
    signature: str = ""
    history: tuple[Former, ...] = ()

    @property
    def turn(self) -> str | None:
        """The turn it belongs to."""
        return None if self.topic in UNBOUND else self._word("turn")

    @property
    def session(self) -> str | None:
        """The session it names."""
        return self._word("session")

    def _word(self, name: str) -> str | None:
        """Return an identifier that it bears, whatever else it is."""
        try:
            found = orjson.loads(self.data)
        except orjson.JSONDecodeError:
            return None
        word = found.get(name) if isinstance(found, dict) else None
        # As schemas.base.Identifier has it.
        fit = isinstance(word, str) and re.fullmatch(rf"[!-~]{{1,{MAX_ID}}}", word)
        return word if fit else None


def letter(origin: Origin, report: Report, attempts: Sequence[Attempt] = ()) -> DeadLetter:
    """Write a dead letter.

    Args:
        origin: the entry that nobody can handle.
        report: why.
        attempts: the tries before.
    """
    return DeadLetter(
        **report.model_dump(),
        stage=origin.stage,
        source=origin.topic,
        entry=origin.entry,
        attempts=tuple(attempts),
        original=base64.b64encode(origin.data[:KEPT_BYTES]).decode(),
        size=origin.size,
        signature=origin.signature[:256],
        turn=origin.turn,
        session=origin.session,
        history=origin.history,
    )


def said(error: BaseException, most: int) -> str:
    """Return what an error says, as text that every reader can bear."""
    whole = str(error).encode("utf-8", "replace").decode()
    return whole.replace("\x00", "\ufffd")[:most]


def report(error: BaseException) -> Report:
    """Return why a message was given up."""
    return Report(
        code=error.code if isinstance(error, Expected) else "bug",
        error=type(error).__name__[:128],
        text=said(error, 2_000),
        stack=_stack(error),
    )


def _stack(error: BaseException) -> str:
    text = "".join(traceback.format_exception(error))[-8_000:]
    return text.encode("utf-8", "replace").decode()


def notices(held: Held, why: Report) -> tuple[list[Message], bool]:
    """Return what tells the person, and whether the turn ends with it.

    A turn that fails on its way gets an `Answer`, so that it ends as every turn does. Where the
    failing stage is the one that would end it, the reply goes out directly.
    """
    text = (
        f"I could not finish this: {why.text or why.error} "
        f"(kept at the dead-letter desk as {why.id})"
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
    if not isinstance(message, TurnMessage) or isinstance(message, Reply | Card | Parcel):
        return [], False
    if isinstance(message, Answer):
        return [], True
    answer = Answer.after(
        message, id=f"{message.turn}:answer", turn=message.turn, outcome="failed", notice=text
    )
    return [answer], False
