"""The entries of a turn's record: what was asked, thought, observed and said."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from schemas.approvals import ApprovalState
from schemas.base import Identifier, Moment, Text, Word, now_ms
from schemas.chat import Attachments, Context, Outcome, Profile, Remarks
from schemas.children import Parent
from schemas.memory import Remembered
from schemas.tools import TierName, Undo


class Usage(Word):
    """What a model took, in tokens and in money."""

    input: Annotated[int, Field(ge=0)] = 0
    """All that was read, what the provider had kept among it."""
    output: Annotated[int, Field(ge=0)] = 0
    """All that was written, thinking among it."""
    cached: Annotated[int, Field(ge=0)] = 0
    """Of the input, what the provider had kept, and so was cheap."""
    thinking: Annotated[int, Field(ge=0)] = 0
    """Of the output, what was thought, where the provider says it."""
    cost: Annotated[int, Field(ge=0)] = 0
    """In millionths of a US dollar, by the price table of the day; 0 where no price is known."""

    @property
    def total(self) -> int:
        """Tokens in and out together."""
        return self.input + self.output

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            input=self.input + other.input,
            output=self.output + other.output,
            cached=self.cached + other.cached,
            thinking=self.thinking + other.thinking,
            cost=self.cost + other.cost,
        )


class Replay(Word):
    """A thought in its provider's own words: signed parts that must go back as they came."""

    provider: Annotated[str, Field(max_length=32)]
    """Who wrote them; nobody else is shown them."""
    parts: tuple[dict[str, Any], ...]


class ToolCall(Word):
    """A tool call as the model wished it."""

    call_id: Identifier
    tool: Annotated[str, Field(max_length=128)]
    arguments: dict[str, Any]


class Asked(Word):
    """The question, with everything that is known about who asked it."""

    kind: Literal["asked"] = "asked"
    at: Moment = Field(default_factory=now_ms)
    text: Text
    person: Identifier
    channel: Identifier
    chat: Identifier
    profile: Profile
    tier: str | None = None
    attachments: Attachments = ()
    session: Identifier | None = None
    """The conversation; None in records that are older than this field."""
    context: Context | None = None
    """What was said before, where the sender keeps that itself."""
    remarks: Remarks = ()
    """What was said around it in its chat, by whoever reads there."""
    parent: Parent | None = None
    """Set where another turn asks, not a person: it is a task, and its answer goes there."""
    most_cost: Annotated[int, Field(ge=1)] | None = None
    """What this turn may cost, where it may cost less than others; in millionths of a US dollar."""


class Routed(Word):
    """Which way the turn took: a command, a tool named directly, or thinking."""

    kind: Literal["routed"] = "routed"
    at: Moment = Field(default_factory=now_ms)
    way: Literal["command", "direct", "think"]
    tier: str
    intent: Literal["action", "conversation"] | None = None
    """What a question that is to be thought about wants, as far as its words show."""
    calls: tuple[ToolCall, ...] = ()


class Thought(Word):
    """One step of a model: its words, its wishes, its cost."""

    kind: Literal["thought"] = "thought"
    at: Moment = Field(default_factory=now_ms)
    step: int
    model: str
    text: Text = ""
    thinking: Text = ""
    calls: tuple[ToolCall, ...] = ()
    usage: Usage = Usage()
    elapsed_ms: float = 0.0
    replay: Replay | None = None
    notices: tuple[Text, ...] = ()
    """What the person was told while it was thought: another model stepped in, none answered."""
    waited_ms: Annotated[float, Field(ge=0)] = 0.0
    """Of the time since it was due, how long no model answered."""
    declined: bool = False
    """Whether it says that it cannot, in place of an answer."""
    cut: bool = False
    """Whether a person stopped it: it is what was said until then."""
    recalled: tuple[Remembered, ...] = ()
    """What it was told of what is remembered of the person; the first step tells it for all."""


class Observed(Word):
    """What one tool call brought back; a failure is an observation too."""

    kind: Literal["observed"] = "observed"
    at: Moment = Field(default_factory=now_ms)
    step: int
    index: int
    call_id: Identifier
    tool: str
    ok: bool
    content: Text
    data: Any = None
    """The same as structure, where the tool has one."""
    elapsed_ms: float = 0.0
    effect: Literal["done", "failed", "unknown"] | None = None
    """For a call that changes something: whether it did."""
    code: str | None = None
    """Why it failed, in a stable word."""
    tier: TierName | None = None
    """What the call was, with its arguments and in its turn; None in older records."""
    undo: Undo | None = None
    """How it is taken back, where it can be."""
    person: Identifier | None = None
    """In whose name it ran; None in older records."""
    grant: Identifier | None = None
    """The lasting yes under which it ran, where nobody was asked."""
    digest: str | None = None
    """The SHA-256 of its arguments, as JSON with sorted keys and without spaces."""
    tainted: tuple[str, ...] = ()
    """The sources of text in it that anybody could have written, beyond what its tool says."""

    @property
    def state(self) -> Literal["done", "failed", "unknown"]:
        """How the call ended, as a person sees it."""
        return "unknown" if self.effect == "unknown" else "done" if self.ok else "failed"


class Proposed(Word):
    """A call that a person is asked about, as it will be run if they say yes.

    The arguments stand in the thought that wished the call; `binding` is what they were.
    """

    kind: Literal["proposed"] = "proposed"
    at: Moment = Field(default_factory=now_ms)
    approval: Identifier
    call_id: Identifier
    step: int
    tool: str
    tier: TierName
    binding: str
    """A hash over tool, version, arguments, targets and policy: what a yes is a yes to."""
    identity: dict[str, str] = Field(default_factory=dict)
    """What each target is now; another one under the same name was never approved."""
    says: Text = ""
    """Why, in the words of the model, which may be wrong."""
    reasons: tuple[str, ...] = ()
    """Why its tier is above its tool's own."""
    command: Text = ""
    targets: tuple[str, ...] = ()
    affects: Text = ""
    undo: Text = ""
    tainted: bool = False
    """Whether text that anybody could have written entered the turn before."""
    grant: Identifier | None = None
    """What a lasting yes to this would be; None where a yes counts once."""
    task: Text = ""
    """What it is for, where not the person's question but a task of the model's asks."""
    people: tuple[Identifier, ...]
    """Who may decide."""
    expires_at: Moment = 0
    """Until when; set when it is asked."""


class Decided(Word):
    """What became of the question to a person."""

    kind: Literal["decided"] = "decided"
    at: Moment = Field(default_factory=now_ms)
    approval: Identifier
    call_id: Identifier
    state: ApprovalState
    by: Identifier | None = None
    channel: Identifier | None = None
    """Where they decided."""
    grant: Identifier | None = None
    """The lasting yes that was made with it."""


class Delegated(Word):
    """A task was handed to another turn, and the call waits for it."""

    kind: Literal["delegated"] = "delegated"
    at: Moment = Field(default_factory=now_ms)
    call_id: Identifier
    step: int
    child: Identifier
    """The other turn."""
    session: Identifier
    """Its conversation."""


class Reported(Word):
    """What a task came to, with all that counts where it came from."""

    kind: Literal["reported"] = "reported"
    at: Moment = Field(default_factory=now_ms)
    outcome: Outcome
    text: Text
    used: tuple[str, ...] = ()
    """Tools whose results entered it."""
    did: tuple[str, ...] = ()
    """Tools of it that changed something, one for each change."""
    steps: int = 0
    calls: int = 0
    refused: int = 0
    """Calls that a rule or a person did not allow."""
    tokens: int = 0
    cost: int = 0
    waited_ms: float = 0.0
    """How long it waited for a person, or for any model to answer."""
    tainted: tuple[str, ...] = ()
    """The sources of text that anybody could have written, beyond what its tools say."""


class Returned(Word):
    """A task is over, and the call that waited for it goes on."""

    kind: Literal["returned"] = "returned"
    at: Moment = Field(default_factory=now_ms)
    call_id: Identifier
    child: Identifier
    reported: Reported | None = None
    """None where it ended without a word."""


class Said(Word):
    """The answer as the person reads it."""

    kind: Literal["said"] = "said"
    at: Moment = Field(default_factory=now_ms)
    text: Text
    outcome: Outcome


class Chosen(Word):
    """The session's settings, as the person chose them; copied into each turn at its start."""

    kind: Literal["chosen"] = "chosen"
    at: Moment = Field(default_factory=now_ms)
    tier: str | None = None
    fresh: bool = False
    """Forget what was said before: the model starts anew."""


class Redriven(Word):
    """The owner sent the turn on again from the dead-letter desk; its time begins anew."""

    kind: Literal["redriven"] = "redriven"
    at: Moment = Field(default_factory=now_ms)
    letters: tuple[Identifier, ...] = ()


Entry = Annotated[
    Asked
    | Chosen
    | Routed
    | Thought
    | Proposed
    | Decided
    | Delegated
    | Reported
    | Returned
    | Observed
    | Said
    | Redriven,
    Field(discriminator="kind"),
]
"""Any entry of a turn's record."""

entries: TypeAdapter[Entry] = TypeAdapter(Entry)
"""Reads one entry from its JSON."""
