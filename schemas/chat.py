"""The messages of a conversation, in the order in which they travel."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from schemas.approvals import ApprovalView, Secret, Verdict, keyword
from schemas.base import Identifier, Message, Moment, Text, TurnMessage, Word

Outcome = Literal["answered", "failed", "stopped", "limited", "refused"]
"""How a turn ended."""

Profile = str
"""Which rights a person has, by name: `full`, `messaging`, `readonly`, or one that the owner named
in the configuration. A name that nobody knows has none."""


class Attachment(Word):
    """A file that came with a message; its bytes lie where its id says, not on a topic."""

    id: Identifier
    name: Annotated[Text, Field(min_length=1, max_length=255)]
    """As the person's device named it: shown, never used as a path."""
    type: Annotated[str, Field(max_length=127, pattern=r"^[a-z0-9.+-]+/[a-z0-9.+-]+$")]
    """The media type that the bytes have, whatever the sender claimed."""
    size: Annotated[int, Field(ge=0)]
    """In bytes."""


Attachments = Annotated[tuple[Attachment, ...], Field(max_length=16)]
"""The files of one message."""


class Enclosed(Word):
    """A file of this server that was offered to the person; whoever hands it over reads it."""

    path: Annotated[Text, Field(min_length=1, max_length=1_024)]
    size: Annotated[int, Field(ge=0)]
    """In bytes, when it was offered."""


Enclosures = Annotated[tuple[Enclosed, ...], Field(max_length=4)]
"""The files that go with an answer."""


class Spoken(Word):
    """A piece of a conversation that was held elsewhere."""

    who: Literal["person", "model"]
    text: Text


Context = Annotated[tuple[Spoken, ...], Field(max_length=2_000)]
"""What was said before, oldest first."""


USUAL = "default"
"""In the place of a tier: the one that the server itself chooses, whatever was chosen before."""


class Remark(Word):
    """What somebody said in a chat to others, and not to the server; anybody could have."""

    name: Annotated[Text, Field(max_length=64)]
    """What they call themselves: it proves nothing."""
    text: Annotated[Text, Field(max_length=500)]


Remarks = Annotated[tuple[Remark, ...], Field(max_length=50)]
"""What was said in a chat lately, oldest first."""


class Received(Message):
    """What a gateway took in: somebody said something, somewhere."""

    topic: ClassVar[str] = "inbox"

    chat: Identifier
    """Where the answer goes, in the channel's own words."""
    text: Annotated[Text, Field(max_length=200_000)]
    tier: Annotated[str, Field(max_length=32)] | None = None
    """A model tier for this one turn, over the session's; or `USUAL`."""
    attachments: Attachments = ()
    context: Context | None = None
    """What was said before, where the sender keeps that itself; the session's own turns unless
    given."""
    remarks: Remarks = ()
    """What was said around it, where people speak to others too: material, and no instruction."""
    most_cost: Annotated[int, Field(ge=1)] | None = None
    """What this one turn may cost, in millionths of a US dollar; never more than any other may."""


class Control(Message):
    """What must not wait in line."""

    topic: ClassVar[str] = "control"

    action: Literal["stop", "status", "decide", "revoke"]
    chat: Identifier
    approval: Identifier | None = None
    """What is decided; where it is not named, the code says it."""
    always: bool = False
    """Whether a yes is to count for the very same call again."""
    grant: Identifier | None = None
    """The lasting yes that is taken back."""
    verdict: Verdict | None = None
    token: Secret | None = None
    """The card's on which somebody pressed."""
    code: Secret | None = None
    second: bool = False
    """Whether the gateway saw a fresh code of the person's authenticator app."""

    @staticmethod
    def word(text: str) -> dict[str, Any] | None:
        """Return the fields of the control that `text` is, if it is one.

        Gateways send those past the line, and no model ever sees them.
        """
        match text.strip().lower():
            case "/stop":
                return {"action": "stop"}
            case "/status":
                return {"action": "status"}
        decision = keyword(text)
        if decision is None:
            return None
        return {
            "action": "decide",
            "verdict": decision.verdict,
            "code": decision.code,
            "always": decision.always,
        }


class Admitted(TurnMessage):
    """A turn that may start now."""

    topic: ClassVar[str] = "route"


class Think(TurnMessage):
    """One step of thought is due."""

    topic: ClassVar[str] = "think"

    step: Annotated[int, Field(ge=0, le=10_000)]
    tier: Annotated[str, Field(max_length=32)]


class Call(TurnMessage):
    """One tool call is due; its arguments are in the record."""

    topic: ClassVar[str] = "tool"

    step: Annotated[int, Field(ge=0, le=10_000)]
    index: Annotated[int, Field(ge=0, le=1_000)]
    tool: Annotated[str, Field(max_length=128)]
    tier: Annotated[str, Field(max_length=32)]
    """The model tier that goes on when the step's calls are settled."""
    approval: Identifier | None = None
    """Set when a person was asked about it, and it goes on with what became of that."""
    child: Identifier | None = None
    """Set when another turn had its task, and it goes on with what came of that."""


class Answer(TurnMessage):
    """The turn is decided; what it says is in the record, or in `notice` when nobody wrote one."""

    topic: ClassVar[str] = "respond"

    outcome: Outcome
    notice: Annotated[Text, Field(max_length=4_000)] | None = None


class Reply(TurnMessage):
    """One part of an answer, ready for its channel. The id is the delivery id."""

    topic: ClassVar[str] = "outbox"

    chat: Identifier
    part: Annotated[int, Field(ge=0)]
    parts: Annotated[int, Field(ge=1)]
    text: Annotated[Text, Field(max_length=16_000)]
    outcome: Outcome
    received_at: Moment | None = None
    """When the question was accepted."""
    inner: bool = False
    """Whether it answers a task of another turn: no person is told, but whoever watches sees it."""
    files: Enclosures = ()
    """What the turn offered; with the last part."""
    code: Annotated[str, Field(max_length=64)] | None = None
    """Why a call that was named directly came to nothing, in a stable word."""


class Parcel(TurnMessage):
    """What a messenger is to hand over: a part of an answer, or a card. The id is the delivery's.

    It holds all that is shown, so that the process of the messengers need look nothing up.
    """

    topic: ClassVar[str] = "parcels"

    chat: Identifier
    text: Annotated[Text, Field(max_length=16_000)] = ""
    part: Annotated[int, Field(ge=0)] = 0
    parts: Annotated[int, Field(ge=1)] = 1
    outcome: Outcome | None = None
    """Of the turn; only where this is a part of its answer."""
    files: Enclosures = ()
    """What goes with it, where the messenger takes files."""
    card: ApprovalView | None = None
    """What is asked, or how it was decided; then the text says nothing."""
    token: Secret | None = None
    """What the card's buttons carry, while it is pending."""
    code: Secret | None = None
    """What a keyword needs with it; never where another place must show it."""


class Offered(Word):
    """What anybody with the `producer` user may write on the inbox: words, nothing to claim.

    Everything else it says, about itself or others, is overwritten.
    """

    text: Annotated[Text, Field(min_length=1, max_length=200_000)]
    id: Identifier | None = None
    """Its own name for it; the same one within seven days is the same message."""
    v: Annotated[int, Field(ge=1)] = 1
