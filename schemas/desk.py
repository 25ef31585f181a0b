"""The dead-letter desk's entries, and what happened on the server."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field

from schemas.base import Identifier, Message, Moment, Word, new_id, now_ms
from schemas.events import Trail


class Attempt(Word):
    """One failed try."""

    at: Moment
    error: str
    """The error's class."""
    text: str
    """What it said."""


class Former(Word):
    """What a message was before somebody corrected it at the desk."""

    at: Moment = Field(default_factory=now_ms)
    """When it was corrected."""
    letter: str
    """The letter it lay in."""
    error: str
    text: str
    original: str
    """The bytes before, base64; empty where they take too much room."""
    size: int


class Report(Word):
    """Why a stage gave a message up, in its own words."""

    id: Identifier = Field(default_factory=new_id)
    """Of the letter to be."""
    at: Moment = Field(default_factory=now_ms)
    code: Annotated[str, Field(max_length=64)]
    error: Annotated[str, Field(max_length=128)]
    text: Annotated[str, Field(max_length=2_000)]
    stack: Annotated[str, Field(max_length=8_000)] = ""


class DeadLetter(Word):
    """A message nobody could handle, with everything needed to understand and redrive it."""

    topic: ClassVar[str] = "dead"

    id: Identifier
    at: Moment = Field(default_factory=now_ms)
    stage: str
    source: str
    """The topic it was taken from."""
    entry: str
    """Its id on that topic."""
    code: str
    error: str
    text: str
    stack: str = ""
    attempts: tuple[Attempt, ...] = ()
    original: str
    """The original bytes, base64; at most 256 KB of them."""
    size: int
    """How many bytes there were."""
    signature: str = ""
    turn: str | None = None
    session: str | None = None
    history: tuple[Former, ...] = ()
    """What the message was before it was corrected, the oldest first."""


class Happened(Message):
    """Something happened that others may want to know."""

    topic: ClassVar[str] = "events"

    type: Annotated[str, Field(max_length=128)]
    data: dict[str, Any] = Field(default_factory=dict)
    of: Annotated[int, Field(ge=1)] | None = None
    """The version of its type that it fits; None where nobody described the type."""
    via: Trail = ()
    """The servers that handed it on to us."""
