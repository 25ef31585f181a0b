"""A turn in the words of OpenAI's chat completions: whole, in chunks, or as an error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import orjson
from starlette.responses import Response

from schemas.errors import Expected, Transient
from schemas.openai import Choice, Chunk, Completed, Delta, Said, Tokens
from schemas.web import Receipt, Turn
from web.aloud import Aloud, Restarted, whole
from web.frames import Frame

DONE = b"data: [DONE]\n\n"


class Unanswered(Transient):
    """The turn ended without an answer."""

    code = "unanswered"
    status = 502


class Chunks:
    """Tells one turn in chunks.

    Args:
        receipt: which.
        model: what it was asked for.
        usage: whether the last chunk says what it took.

    Attributes:
        over: whether its end was told.
    """

    def __init__(self, receipt: Receipt, model: str, *, usage: bool) -> None:
        self.over = False
        self._receipt = receipt
        self._model = model
        self._usage = usage
        self._aloud = Aloud(receipt.turn)
        self._begun = False

    def encode(self, frames: Sequence[Frame]) -> bytes:
        """Return what of these frames is said aloud in the turn."""
        told = b""
        for frame in frames:
            if self.over:
                break
            try:
                told += self._piece(self._aloud.take(frame))
            except Restarted as error:
                return told + self._failed(error)
            if self._aloud.over is not None:
                told += self._end(self._aloud.over)
        return told

    def _piece(self, text: str) -> bytes:
        if not text:
            return b""
        role: Literal["assistant"] | None = None if self._begun else "assistant"
        self._begun = True
        return self._chunk(Delta(delta=Said(content=text, role=role)))

    def _end(self, turn: Turn) -> bytes:
        if outcome(turn) == "failed":
            return self._failed(_unanswered(turn))
        self.over = True
        last = self._chunk(Delta(delta=Said(), finish_reason=_reason(turn)))
        return last + (self._chunk(usage=tokens(turn)) if self._usage else b"") + DONE

    def _failed(self, error: Expected) -> bytes:
        self.over = True
        return _data(their_error(error)) + DONE

    def _chunk(self, *choices: Delta, usage: Tokens | None = None) -> bytes:
        chunk = Chunk(
            id=f"chatcmpl-{self._receipt.turn}",
            created=self._receipt.at // 1000,
            model=self._model,
            choices=choices,
            usage=usage,
        )
        return _data(chunk.model_dump(exclude_none=True))


def completed(turn: Turn, receipt: Receipt, model: str) -> Completed:
    """Return a whole answer.

    Raises:
        Unanswered: there is none.
    """
    if outcome(turn) == "failed":
        raise _unanswered(turn)
    said = Said(role="assistant", content=whole(turn))
    return Completed(
        id=f"chatcmpl-{turn.id}",
        created=receipt.at // 1000,
        model=model,
        choices=(Choice(message=said, finish_reason=_reason(turn)),),
        usage=tokens(turn),
    )


def in_their_words(error: Expected) -> Response:
    """Return an expected error as that protocol has it."""
    later = error.retry_after if isinstance(error, Transient) else None
    headers = {} if later is None else {"Retry-After": str(round(later))}
    body = orjson.dumps(their_error(error))
    return Response(body, error.status, headers, media_type="application/json")


def their_error(error: Expected) -> dict[str, Any]:
    """Return the body of an error."""
    kind = "server_error" if error.status >= 500 else "invalid_request_error"
    return {"error": {"message": str(error), "type": kind, "code": error.code, "param": None}}


def outcome(turn: Turn) -> str:
    """Return how a turn ended."""
    return turn.answer.outcome if turn.answer else "failed"


def tokens(turn: Turn) -> Tokens:
    """Return what a turn took."""
    read, written = turn.usage.input, turn.usage.output
    return Tokens(prompt_tokens=read, completion_tokens=written, total_tokens=read + written)


def _reason(turn: Turn) -> Literal["stop", "length"]:
    return "length" if outcome(turn) == "limited" else "stop"


def _unanswered(turn: Turn) -> Unanswered:
    return Unanswered(turn.answer.text if turn.answer else "There is no answer.")


def _data(found: dict[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(found) + b"\n\n"
