"""What happened: how programs tell it, what it must look like, and what is handed on."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, StringConstraints

from schemas.base import Identifier, Message, Moment, Word
from schemas.chat import Outcome
from schemas.people import Form

Kind = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,127}$")]
"""The type of an event: `disk.full`."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
"""What an owner calls a rule or a source."""

OURS = {
    "backup.restored": "A backup was restored: this is another history.",
    "channel.changed": "A messenger was turned, or told something else, on the page.",
    "desk.drop": "Somebody forgets a letter of the desk.",
    "desk.edit": "Somebody corrects a letter of the desk, and sends it again.",
    "desk.redrive": "Somebody sends letters of the desk again.",
    "dead.moved": "The desk was full, and its oldest letters were moved to a file.",
    "grant.made": "A yes was given that counts again.",
    "grant.revoked": "A yes that counted again was taken back.",
    "group.lost": "A consumer group was gone, and was made again.",
    "identity.added": "Somebody is known on a messenger from now on.",
    "identity.removed": "Somebody is a stranger on a messenger again.",
    "key.changed": "The key of a provider was changed.",
    "key.removed": "The key of a provider was removed.",
    "mcp.changed": "A foreign server was removed, or one of its tools classified, on the page.",
    "notice": "A rule tells a person something.",
    "rule.braked": "A rule fires too often; what is beyond its bound is not done.",
    "process.hung": "A process stood still and was killed.",
    "schedule.changed": "A schedule was made, changed or removed, on the page.",
    "settings.changed": "Settings were changed on the page.",
    "sweeper.mailbox.stuck": "Messages waited behind no turn; the next was begun.",
    "sweeper.session.stuck": "A conversation was busy with nothing; it is free again.",
    "sweeper.turn.lost": "Nothing moved a turn any more; it was ended.",
}
"""What this server tells by itself, and what each means."""
CONTAINERS = {
    "docker.container.created": "A container was made.",
    "docker.container.started": "A container runs.",
    "docker.container.died": "A container ended; `asked` says whether somebody had ended it.",
    "docker.container.paused": "A container was paused.",
    "docker.container.unpaused": "A container goes on.",
    "docker.container.removed": "A container is gone.",
    "docker.container.oom": "A container needed more memory than it may have.",
    "docker.container.health": "A container's own check says something else than before.",
}
"""What the Docker daemon tells, and what each means."""
RESERVED = frozenset((*OURS, *CONTAINERS))
"""What nobody else may tell: the written history has it as the server's own word."""

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


Ended = Literal[Outcome, "running", "waits", "told", "sent"]
"""How a rule's work ended: as its turn did; the turn still runs, or waits for a person's decision;
somebody was told; or an event was given to be sent, and that has not failed."""


class FiringView(Word):
    """Something that a rule did."""

    on: str
    """The type of the event."""
    at: Moment
    turn: str
    """What it began; empty where it began nothing."""


class LastView(Word):
    """The last time that a rule did something, and how that ended."""

    at: Moment
    on: str
    """The type of the event."""
    event: str
    """The event's id."""
    turn: str
    """What it began; empty where it began nothing."""
    outcome: Ended
    says: str
    """The answer, or in words why it failed; empty where nothing was said."""


class SkippedView(Word):
    """What a rule did not do, although it was meant."""

    times: int
    """How often, as far as that is remembered."""
    at: Moment
    """The last time."""
    why: str


class RuleView(Word):
    """A rule that counts at this moment."""

    name: Name
    on: str
    when: str
    """The condition; empty where each such event is meant."""
    do: str
    what: str
    """What is asked, told or called, or where it is sent."""
    level: str
    """How loud a notice is."""
    firings: tuple[FiringView, ...]
    """The last times, newest first, as far as they are written down."""
    fired: int
    """How often, among what was looked through."""
    last: LastView | None = None
    """How the last of them ended; null where nothing is written down of it."""
    fault: str = ""
    """Why it cannot do what it says, as things are now; empty where it can."""
    skipped: SkippedView | None = None
    """What it did not do; null where it did all that it was meant to."""


class FaultView(Word):
    """A file of the owner's that does not fit; what was read before it goes on to count."""

    file: str
    says: str


class RulesView(Word):
    """What is done on which events."""

    rules: tuple[RuleView, ...]
    file: str
    """Where they are written."""
    faults: tuple[FaultView, ...]
    written: bool
    """Whether the history could be read; without it nobody knows what fired."""
