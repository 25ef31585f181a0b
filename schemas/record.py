"""The entries of a turn's record: what was asked, thought, observed and said."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from schemas.base import Identifier, Moment, Text, Word, now_ms
from schemas.chat import Attachments, Context, Outcome, Profile


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

    @property
    def state(self) -> Literal["done", "failed", "unknown"]:
        """How the call ended, as a person sees it."""
        return "unknown" if self.effect == "unknown" else "done" if self.ok else "failed"


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
    Asked | Chosen | Routed | Thought | Observed | Said | Redriven, Field(discriminator="kind")
]
"""Any entry of a turn's record."""

entries: TypeAdapter[Entry] = TypeAdapter(Entry)
"""Reads one entry from its JSON."""
