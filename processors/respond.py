"""Respond: end the turn; its session's next message may start."""

from __future__ import annotations

from processors.agent.split import split
from schemas.chat import Answer, Reply
from schemas.record import Said
from streams.record import TurnRecord
from streams.stage import stage


@stage(commit="finish")
async def respond(answer: Answer, record: TurnRecord) -> list[Reply]:
    """Word the answer for its channel, in as many parts as the channel needs."""
    asked, said = record.asked, record.said
    if said is None or answer.notice is not None:
        said = Said(text=answer.notice or "I have nothing to say.", outcome=answer.outcome)
        record.add(said)
    parts = split(said.text, asked.channel)
    return [
        Reply.after(
            answer,
            id=f"{answer.turn}:reply:{number}",
            turn=answer.turn,
            chat=asked.chat,
            part=number,
            parts=len(parts),
            text=text,
            outcome=said.outcome,
            received_at=asked.at,
        )
        for number, text in enumerate(parts)
    ]
