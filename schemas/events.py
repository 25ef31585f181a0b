"""What happened: how programs tell it, what it must look like, and what is handed on."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field, StringConstraints

from schemas.base import Identifier, Message, Moment, Word
from schemas.people import Form

Kind = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,127}$")]
"""The type of an event: `disk.full`."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
"""What an owner calls a rule or a source."""

Url = Annotated[str, StringConstraints(max_length=2_048, pattern=r"^https?://[!-~]+$")]


Mark = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
"""What a server calls itself where it hands an event on, so that it knows what comes back."""

Trail = Annotated[tuple[Mark, ...], Field(max_length=8)]
"""The servers that handed an event on, the first one first."""


class Told(Word):
    """What anybody with the `producer` user may write on `events`.

    Everything else it says, about itself or others, is overwritten.
    """

    type: Kind
    data: dict[str, Any] = Field(default_factory=dict)
    id: Identifier | None = None
    """Its own name for it; the same one is the same event."""
    v: Annotated[int, Field(ge=1)] = 1


class Forward(Message):
    """An event to be handed to another server."""

    topic: ClassVar[str] = "forward"

    rule: Name
    to: Url
    sign: Name | None = None
    """The source whose secret signs it."""
    event: Identifier
    type: Kind
    data: dict[str, Any]
    happened_at: Moment
    via: Trail = ()


class EventType(Form):
    """What the events of a type look like."""

    type: Kind
    version: Annotated[int, Field(ge=1, le=10_000)] = 1
    about: Annotated[str, Field(max_length=1_000)] = ""
    form: dict[str, Any] = Field(alias="schema")
    """A JSON Schema (2020-12) of `data`; it may refer to itself only."""


class TypeView(Word):
    """A type as it is listed."""

    type: str
    version: int
    about: str
    schema_: Annotated[dict[str, Any], Field(serialization_alias="schema")]
