"""The pipeline as it is looked at: its stages, what waits before them, the way of one message."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Identifier, Moment, Word
from schemas.people import Form


class StageView(Word):
    """One stage at the end of its topic."""

    stage: str
    topic: str
    state: Literal["working", "idle", "stopped", "off"]
    """`off` is what nobody wants to run, as the messengers' stage without one."""
    since: Moment | None = None
    """When it was first seen stopped."""
    working: int
    """Messages in the hands of its readers."""
    waiting: int
    """Messages on its topic that nobody has taken yet."""
    oldest_ms: int | None
    """The age of the oldest that is not done; null when all are."""
    per_minute: float
    """What was worked off in the last minute, in this process."""
    p95_ms: float | None
    """Of the working time in the last ten minutes; null when nothing was done."""
    errors: int
    """Tries that went wrong in the last hour."""
    course: tuple[float | None, ...]
    """`p95_ms` of each half minute of the last ten, oldest first."""


class EdgeView(Word):
    """A stage that may write a topic."""

    stage: str
    topic: str
    way: Literal["returns", "commits", "buries"]
    passed: int = 0
    """Messages that went this way since the server began to look; it only grows. Of stages in
    other processes it counts what Redis alone can tell."""
    per_minute: float = 0.0
    """How many of them went in the last minute or so."""


class FlowView(Word):
    """The whole pipeline, now."""

    at: Moment
    stages: tuple[StageView, ...]
    edges: tuple[EdgeView, ...]
    letters: int
    """How many lie at the dead-letter desk."""
    tokens: int = 0
    """Read and written by models today, since midnight UTC."""
    cost: int = 0
    """What they cost today, in millionths of a US dollar."""
    away: str = ""
    """Why the numbers are not known; then `stages` says only what this process knows itself."""


class ModelSpent(Word):
    """What one model did today."""

    model: str
    provider: str
    """Who runs it; `offline` for the brain of this server itself."""
    steps: int
    """How often it was asked."""
    tokens: int
    cost: int
    """In millionths of a US dollar."""
    p95_ms: float
    """Within how long it had answered 95 of 100 times."""


class SpentView(Word):
    """What thinking took today, since midnight UTC, the dearest model first."""

    since: Moment
    models: tuple[ModelSpent, ...]


class LetterView(Word):
    """A message that nobody could handle."""

    entry: str
    id: str
    at: Moment
    stage: str
    source: str
    code: str
    error: str
    text: str
    tries: int
    turn: str | None
    session: str | None
    original: str
    """As text; bytes that are none are escaped."""
    size: int
    stack: str


class LettersView(Word):
    """The dead-letter desk, newest first."""

    letters: tuple[LetterView, ...]
    total: int


class Asking(Word):
    """A message that came in."""

    turn: str
    session: str
    at: Moment
    channel: str
    text: str


class AskingsView(Word):
    """The last messages that came in, newest first."""

    messages: tuple[Asking, ...]


class HopView(Word):
    """One entry of a topic that belongs to a turn: it was put there at `at`."""

    topic: str
    entry: str
    at: Moment
    until: Moment | None = None
    """When the stage behind that topic had put out the next; null while it has not."""
    waited_ms: int = 0
    """Of the time in between, how long nobody worked on it."""
    asked_ms: int = 0
    """How long a person was waited for."""
    worked_ms: int = 0
    """How long it was worked on."""
    what: str = ""
    """Which model, which tool; empty for stages that decide by themselves."""
    data: str
    """The message itself, as JSON."""
    more: bool = False
    """Whether there is more of it than is shown."""


class TraceView(Word):
    """The way of one message, from the first topic to the last."""

    turn: str
    hops: tuple[HopView, ...]
    parent: str | None = None
    """The turn whose task it is."""
    tasks: tuple[str, ...] = ()
    """The turns that work for it."""


class DeskForm(Form):
    """What is to be done at the dead-letter desk, with a fresh proof of who orders it."""

    act: Literal["redrive", "drop", "edit"]
    letters: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=200)]
    like: bool = False
    """All that fell out of the same stage for the same reason as the first."""
    data: Annotated[str, Field(max_length=262_144)] | None = None
    """For `edit`: the message as it should have been."""
    code: Annotated[str, Field(max_length=16)] | None = None
    """Of the authenticator app."""
    password: Annotated[str, Field(max_length=1_024)] | None = None
    """Where there is no app."""


class DeskOrder(Form):
    """An order on its way to the process that may; nothing in it is believed."""

    form: DeskForm
    token: str
    csrf: str
    address: str


class DeskAnswer(Word):
    """What came of an order."""

    done: int = 0
    """Letters that were sent, or dropped."""
    left: tuple[str, ...] = ()
    """Why the others were not, one sentence each."""
    error: str = ""
    code: str = ""
    status: int = 200


class ReplayedStage(Word):
    """One stage, called again with what it saw."""

    stage: str
    what: str
    elapsed_ms: float | None
    same: bool
    note: str = ""
    """Why nothing was compared; empty when it was."""
    diff: str = ""


class ReplayView(Word):
    """A turn, run again with what was said and brought back then."""

    turn: str
    identical: bool
    way: str
    results: tuple[ReplayedStage, ...]
