"""What goes over the wire between a browser, or any program, and the web door."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, RootModel

from schemas.approvals import ApprovalView, Grant, Secret, Verdict
from schemas.base import Identifier, Moment, Text, Word
from schemas.chat import Attachments, Outcome
from schemas.children import TurnPlace
from schemas.events import TypeView
from schemas.models import TierState

MOST_TEXT = 200_000
"""Characters of one message."""


class Asking(Word):
    """What somebody sends: unknown fields are refused, so that a misspelt one is not lost."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False, extra="forbid")


# Saying something ----------------------------------------------------------------------------


class Ask(Asking):
    """Say something in a conversation, or begin one."""

    text: Annotated[Text, Field(min_length=1, max_length=MOST_TEXT)]
    session: Identifier | None = None
    """The conversation; a new one unless given."""
    tier: Annotated[str, Field(max_length=32)] | None = None
    """A model tier for this one turn; null for the server's own choice, whatever the conversation
    chose. The conversation's unless given."""
    attachments: Annotated[tuple[Identifier, ...], Field(max_length=16)] = ()
    """Ids of files that were uploaded before."""


class AskAgent(Asking):
    """Say something and watch the agent work."""

    text: Annotated[Text, Field(min_length=1, max_length=MOST_TEXT)]
    session: Identifier | None = None
    tier: Annotated[str, Field(max_length=32)] | None = None
    """As of a message in the chat."""


class Receipt(Word):
    """The message is durable and will be answered."""

    id: Identifier
    turn: Identifier
    """The same as `id`: what was said is what the turn is named after."""
    session: Identifier
    at: Moment
    fresh: bool
    """False for a repeat: `id` is then that of the first."""


class Taken(Word):
    """The event, or the wish to stop, is durable."""

    id: Identifier
    fresh: bool


# A turn --------------------------------------------------------------------------------------


class CallView(Word):
    """One tool call of a step."""

    call_id: Identifier
    tool: str
    tier: str
    """How dangerous the tool is: GREEN to BLACK."""
    arguments: dict[str, Any]
    state: Literal["running", "done", "failed", "unknown"]
    content: str = ""
    """What it brought back; while it runs, the newest end of what it has written."""
    elapsed_ms: float = 0.0
    approval: ApprovalView | None = None
    """What a person was asked about it, and what became of that."""
    task: TurnPlace | None = None
    """The turn that works for it."""


class StepView(Word):
    """One step of a model, with the calls it led to."""

    step: int
    model: str = ""
    """Empty where no model was asked, because a tool was named directly."""
    thinking: str = ""
    text: str = ""
    done: bool = True
    """Whether the model has ended; text of a step that has not may still grow."""
    calls: tuple[CallView, ...] = ()


class AnswerView(Word):
    """The answer as the person reads it."""

    text: str
    outcome: Outcome
    at: Moment


class Spent(Word):
    """What a turn took."""

    input: int = 0
    output: int = 0
    cached: int = 0
    """Of the input, what the provider had kept."""
    cost_usd: float = 0.0


class Turn(Word):
    """One question and all that came of it."""

    id: Identifier
    session: Identifier
    at: Moment
    question: str
    attachments: Attachments = ()
    state: Literal["queued", "working", "waiting", "done"]
    behind: int | None = None
    """How many others it waits behind, while it is queued."""
    steps: tuple[StepView, ...] = ()
    answer: AnswerView | None = None
    waited_ms: Annotated[int, Field(ge=0)] = 0
    """From `at` until work on it began: how long it waited in the line; 0 while it still does."""
    usage: Spent = Spent()
    notices: tuple[str, ...] = ()
    parent: TurnPlace | None = None
    """The turn whose task it is."""


class Turns(Word):
    """A page of turns, newest first."""

    turns: tuple[Turn, ...]
    next: str | None = None
    """Send it as `before` for the page behind this one; null at the end."""


class Snapshot(Word):
    """All that a newcomer must know of a conversation; the events behind `cursor` go on from it."""

    session: Identifier
    title: str
    cursor: str
    turns: tuple[Turn, ...]
    """The last ones, oldest first."""


# Approvals -----------------------------------------------------------------------------------


class ApprovalCard(ApprovalView):
    """A request as this door shows it."""

    token: Secret
    """What a press carries."""
    code: Secret
    """What another place needs where one place is not enough; here it opens nothing that is RED."""


class ApprovalsShown(Word):
    """What waits for somebody's decision, the oldest first."""

    approvals: tuple[ApprovalCard, ...]


class Decision(Asking):
    """Decide about a call."""

    verdict: Verdict
    token: Secret
    totp: Secret | None = None
    """A fresh code of the authenticator app, for what is RED."""
    code: Secret | None = None
    """Or the code that another place shows."""
    always: bool = False
    """Let the yes count for the very same call again; it needs the code too."""


class DecidedShown(Word):
    """What was asked and is over, the newest first."""

    approvals: tuple[ApprovalView, ...]
    next: str | None = None
    """Where the next page begins."""


class GrantsShown(Word):
    """What runs without a question, the newest first."""

    grants: tuple[Grant, ...]


# Conversations -------------------------------------------------------------------------------


class Session(Word):
    """One conversation in a list."""

    id: Identifier
    title: str
    at: Moment
    last_at: Moment
    channel: str
    state: Literal["idle", "working", "waiting", "queued"]
    """`waiting` is for a person's yes or no."""
    turns: int


class Sessions(Word):
    """A page of conversations, the one that was spoken in last first."""

    sessions: tuple[Session, ...]
    next: str | None = None


class Rename(Asking):
    """Give a conversation another title."""

    title: Annotated[Text, Field(min_length=1, max_length=200)]


class Hit(Word):
    """One place where the words were found."""

    session: Identifier
    title: str
    turn: Identifier
    at: Moment
    snippet: str


class Hits(Word):
    """Where the words were found, newest first."""

    hits: tuple[Hit, ...]


# Sockets -------------------------------------------------------------------------------------


class Subscribe(Asking):
    """The first message on a socket: which topics it is for."""

    subscribe: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=64)]
    """`chat:{session}`, `sessions`, `notices`, `events`, `system`."""
    cursors: Annotated[dict[Identifier, str], Field(max_length=64)] = Field(default_factory=dict)
    """By topic, the id of the last event that is known."""


class SystemView(Word):
    """How the server is."""

    ready: bool
    stages: dict[str, bool]
    """Whether each is read."""


# What happens ----------------------------------------------------------------------------------


class TypesView(Word):
    """What events are described."""

    types: tuple[TypeView, ...]


class Happening(RootModel[dict[str, Any]]):
    """What happened: any object."""


# Models ----------------------------------------------------------------------------------------


class Models(Word):
    """Which models there are, by tier."""

    default: str
    tiers: tuple[TierState, ...]
    chosen: str | None = None
    """What `/model` chose in the conversation that was asked about; null where nobody chose."""


# The agent's stream --------------------------------------------------------------------------


class AgentThinking(Word):
    """A piece of what the model writes before it calls a tool or answers."""

    turn: Identifier
    step: int
    text: str
    private: bool = False
    """True for a thought that was not meant to be said."""
    begins: bool = False
    """True where a step begins; a second time for the same step: forget its text."""


class AgentError(Word):
    """The turn ended without an answer."""

    turn: Identifier
    outcome: Outcome
    text: str


class AgentAnswer(Word):
    """The whole answer."""

    turn: Identifier
    outcome: Outcome
    text: str
    usage: Spent = Spent()
