"""The base of every message: frozen, versioned, and tolerant of newer minor versions."""

from __future__ import annotations

import time
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from ulid import ULID

MAX_ID = 128
"""Longest identifier accepted from anywhere, in characters."""


def new_id() -> str:
    """Return a fresh, time-ordered identifier (a ULID, 26 characters)."""
    return str(ULID())


def now_ms() -> int:
    """Return the wall clock in milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


def _whole(value: Any) -> Any:
    # A NUL ends a string for every C program a text may reach: say no at the door.
    if isinstance(value, str) and "\x00" in value:
        raise ValueError("text must not contain NUL")
    return value


Text = Annotated[str, BeforeValidator(_whole)]
"""Free text of any length, without NUL."""

Identifier = Annotated[str, StringConstraints(min_length=1, max_length=MAX_ID, pattern=r"^[!-~]+$")]
"""Printable ASCII without spaces, so that it can stand in a key, a log line and a URL."""

Moment = Annotated[int, Field(ge=0, le=1 << 53)]
"""Milliseconds since 1970, UTC."""


class Word(BaseModel):
    """Anything that is written down: frozen, finite numbers only."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    def encoded(self) -> bytes:
        """Return its JSON as it is sent: bytes, which need not become text in between."""
        return self.__pydantic_serializer__.to_json(self)


class Message(Word):
    """One message on one topic.

    The class is the topic: a stage that takes it reads that topic, a stage that returns it
    writes it. Unknown fields of a newer minor version are kept, so that an older process
    passes them on; a breaking change is a new class on a new topic.
    """

    model_config = ConfigDict(frozen=True, allow_inf_nan=False, extra="allow")

    topic: ClassVar[str]
    version: ClassVar[int] = 1

    v: Annotated[int, Field(ge=1)] = 1
    """The major version of its class."""
    id: Identifier
    """Its own; the same id is the same message."""
    trace: Identifier
    """What belongs together, from the question to the last reply; in every log line."""
    at: Moment = Field(default_factory=now_ms)
    """When it was written, in milliseconds since 1970."""
    session: Identifier
    """The conversation; its turns run one after the other."""
    person: Identifier
    """Who asked, as the gateway vouches for it."""
    channel: Identifier
    """Where it was asked: `terminal`, `web`, a messenger, `producer`."""

    @classmethod
    def after(cls, cause: Message, **fields: Any) -> Self:
        """Build the message that `cause` leads to.

        Args:
            cause: the message being handled; its trace, session, person and channel go on.
            **fields: the fields of this class, `id` among them.
        """
        return cls(
            trace=cause.trace,
            session=cause.session,
            person=cause.person,
            channel=cause.channel,
            **fields,
        )


class TurnMessage(Message):
    """A message that belongs to a turn; the turn's content lives in its record."""

    turn: Identifier
    """The turn, whose record holds everything else."""
