"""The events of the live feed: what may be lost, and copies of what may not."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from schemas.approvals import ApprovalView
from schemas.base import Identifier, Moment, Word, now_ms
from schemas.chat import Attachments, Outcome
from schemas.children import TurnPlace


class FeedEvent(Word):
    """Common to all events: when, and of which turn."""

    at: Moment = Field(default_factory=now_ms)
    turn: Identifier


class AskedLive(FeedEvent):
    """A message was admitted: whoever else watches the conversation learns the question."""

    type: Literal["asked"] = "asked"
    text: str
    attachments: Attachments = ()


class Queued(FeedEvent):
    """The message waits behind `behind` others of its session."""

    type: Literal["queued"] = "queued"
    behind: int
    asking: bool = False
    """Whether what it waits behind waits for a person's decision."""


class Stepped(FeedEvent):
    """A model step begins; a second time for the same step: forget its text, it starts anew."""

    type: Literal["step"] = "step"
    step: int
    model: str


class Token(FeedEvent):
    """A piece of text, as the model writes it."""

    type: Literal["token"] = "token"
    step: int
    text: str
    thinking: bool = False


class Called(FeedEvent):
    """A tool call begins."""

    type: Literal["tool_call"] = "tool_call"
    step: int = 0
    call_id: str
    tool: str
    tier: str = "BLACK"
    """How dangerous the tool is; what nobody knows is BLACK."""
    arguments: dict[str, Any]
    task: TurnPlace | None = None
    """The turn that works for it."""


class Printed(FeedEvent):
    """What a tool has written while it runs; a repeat for the same call replaces it."""

    type: Literal["tool_output"] = "tool_output"
    step: int = 0
    call_id: str
    text: str
    """The newest end of it."""
    size: int
    """Characters in all so far."""


class ObservedLive(FeedEvent):
    """A tool call ended."""

    type: Literal["observation"] = "observation"
    step: int = 0
    call_id: str
    tool: str
    ok: bool
    state: Literal["done", "failed", "unknown"] = "done"
    content: str
    elapsed_ms: float


class Approval(FeedEvent):
    """A person is asked about a call, or was; a repeat with the same id replaces it."""

    type: Literal["approval"] = "approval"
    step: int = 0
    approval: ApprovalView


class Notice(FeedEvent):
    """Something the person should know about the turn; a repeat with the same id replaces it."""

    type: Literal["notice"] = "notice"
    id: str
    text: str


class Finished(FeedEvent):
    """A copy of one delivered part of the answer; a repeat with the same id replaces it."""

    type: Literal["answer"] = "answer"
    id: str
    part: int
    parts: int
    text: str
    outcome: Outcome


class SessionLive(FeedEvent):
    """Somebody spoke in a conversation, was answered or asked; it goes to the person whose it is,
    and a question to whoever may decide too."""

    type: Literal["session"] = "session"
    session: Identifier
    state: Literal["working", "idle"]

    @staticmethod
    def feed(person: str) -> str:
        """Return the name of the feed of all conversations of a person; no session has a space."""
        return f" {person}"


LiveEvent = Annotated[
    AskedLive
    | Queued
    | Stepped
    | Token
    | Called
    | Approval
    | Printed
    | ObservedLive
    | Notice
    | Finished
    | SessionLive,
    Field(discriminator="type"),
]
"""Any event of the live feed."""

live_events: TypeAdapter[LiveEvent] = TypeAdapter(LiveEvent)
"""Reads one event from its JSON."""
