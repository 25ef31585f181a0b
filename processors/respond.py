"""Respond: end the turn; its session's next message may start."""

from __future__ import annotations

from processors.agent import children, claims
from processors.agent.offers import offered
from processors.agent.split import split
from schemas.chat import Answer, Reply
from schemas.record import Observed, Said, Thought
from streams.record import TurnRecord
from streams.stage import stage


@stage(commit="finish")
async def respond(answer: Answer, record: TurnRecord) -> list[Reply]:
    """Word the answer for its channel, in as many parts as the channel needs."""
    asked, said = record.asked, record.said
    if said is None or answer.notice is not None:
        text = answer.notice or "I have nothing to say."
        if answer.outcome == "stopped":
            text = "\n\n".join([*_read_already(record), text])
        said = Said(text=text, outcome=answer.outcome)
        record.add(said)
    whole = worded(record, said)
    if asked.parent is not None:
        record.add(children.report(record, whole, said.outcome))
    parts = split(whole, asked.channel)
    files = offered(record) if said.outcome == "answered" else ()
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
            inner=asked.parent is not None,
            files=files if number + 1 == len(parts) else (),
            code=_why(record) if said.outcome == "failed" else None,
        )
        for number, text in enumerate(parts)
    ]


def _why(record: TurnRecord) -> str | None:
    """Return why a call that was named directly came to nothing; None where none was."""
    if record.routed is None or record.routed.way != "direct":
        return None
    codes = (one.code for one in record.observed(0) if not one.ok and one.code)
    return next((code[:64] for code in codes), None)


def worded(record: TurnRecord, said: Said) -> str:
    """Return the whole answer as the person reads it: with what they must know beside it."""
    return "\n\n".join([said.text, *_open_questions(record), *_doubts(record, said)])


def _read_already(record: TurnRecord) -> list[str]:
    """What a person has read of the answer when they stop it: it stays, and ends with that."""
    last = next(reversed(record.of(Thought)), None)
    return [last.text] if last is not None and last.text and not last.calls else []


def _open_questions(record: TurnRecord) -> list[str]:
    """What the person must know even if the model forgot to say it."""
    unknown = {one.tool for one in record.of(Observed) if one.effect == "unknown"}
    warning = "Unknown outcome: {} stopped mid-way; look before you retry."
    return [warning.format(tool) for tool in sorted(unknown)]


def _doubts(record: TurnRecord, said: Said) -> list[str]:
    """What a model says it did, and the turn does not show. Only a model can say such a thing."""
    thoughts = record.of(Thought)
    if said.outcome != "answered" or not thoughts:
        return []
    claim = claims.unproven(said.text, record)
    return [claims.marked(claim)] if claim else []
