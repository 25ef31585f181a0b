"""Burial: what nobody can handle waits for the clerk, and the person is told."""

from __future__ import annotations

from typing import Any

import structlog
from pydantic import ValidationError
from redis.exceptions import ResponseError

from schemas.base import Message
from schemas.chat import Reply
from streams import dead
from streams.commit import Committer
from streams.entry import Held, counted_for
from streams.record import Records
from streams.stage import Stage
from streams.store import Argument

log = structlog.get_logger("streams")


class Burial:
    """Buries the entries of one stage.

    Args:
        stage: the stage that gave up.
        records: the turns' records, for where to tell the person.
        committer: the stage's way to Redis.
    """

    def __init__(self, stage: Stage[..., Any], records: Records, committer: Committer) -> None:
        self._stage = stage
        self._records = records
        self._committer = committer

    async def bury(self, held: Held, error: Exception) -> bool:
        """Give an entry up; return whether it was ours to give up."""
        why = dead.report(error)
        messages, ends = dead.notices(held, why)
        if ends and held.turn:
            messages = await self._last_word(held, why.text)
        log.warning(
            "stage.buried",
            stage=self._stage.name,
            entry=held.id,
            letter=why.id,
            code=why.code,
        )
        session = held.message.session if held.message else ""
        who = counted_for(held.message)
        arguments: list[Argument] = [held.id, held.generation, held.turn, session, int(ends), who]
        arguments += [why.encoded(), len(messages)]
        for message in messages:
            arguments += (message.topic, message.encoded())
        answer = await self._committer.ask("bury", arguments)
        if answer.startswith("ERR"):
            # What the person would be told cannot be written; why it was given up can.
            log.error("bury.refused", stage=self._stage.name, entry=held.id, error=answer)
            alone: list[Argument] = [held.id, held.generation, "", "", 0, who]
            answer = await self._committer.ask("bury", [*alone, why.encoded(), 0])
        return answer.startswith("OK")

    async def _last_word(self, held: Held, text: str) -> list[Message]:
        """Tell the person directly: the stage that would have told them is the one that failed."""
        try:
            record = await self._records.load(held.turn, 1)
        except (ResponseError, ValidationError):
            return []  # a record that cannot be read must not keep its turn from ending
        if held.message is None or not record.known:
            return []
        return [
            Reply.after(
                held.message,
                id=f"{held.turn}:reply:0",
                turn=held.turn,
                chat=record.asked.chat,
                part=0,
                parts=1,
                text=f"I could not finish this: {text}"[:4_000],
                outcome="failed",
                inner=record.asked.parent is not None,
            )
        ]
