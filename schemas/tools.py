"""What a tool is to everybody but itself: its tier, its specification, what it brings back."""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, StringConstraints

from schemas.base import Word


class Tier(IntEnum):
    """How dangerous a tool is; a higher one needs more of a person."""

    GREEN = 0
    """Read-only, typed arguments: runs."""
    YELLOW = 1
    """Reversible and small: runs, and is reported with a way back."""
    ORANGE = 2
    """Visible, or hard to reverse: one human decision."""
    RED = 3
    """The host, data loss, exposure, secrets, spending: a decision with step-up."""
    BLACK = 4
    """Never through the agent."""

    def __str__(self) -> str:
        return self.name


def _named(value: Any) -> Any:
    return Tier[value] if isinstance(value, str) and value in Tier.__members__ else value


TierName = Annotated[
    Tier,
    BeforeValidator(_named),
    PlainSerializer(lambda tier: tier.name, return_type=str, when_used="json"),
]
"""A tier that is written by its name in JSON."""

Effect = Literal["none", "idempotent", "probe", "plain"]
"""What a tool does to the world, and so what may be done when nobody knows whether it did:
nothing; the same again under the same key; look first; only ask a person."""

OwnName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
"""`<slice>_<verb>[_<object>]`, as every model provider accepts it."""
ToolName = Annotated[
    str,
    StringConstraints(
        pattern=r"^([a-z][a-z0-9_]{0,63}|mcp:[a-z][a-z0-9-]{0,31}:[!-~]{1,91})$", max_length=128
    ),
]
"""An own name, or `mcp:<server>:<tool>` of a foreign server, which providers are told in other
letters (`gateways/llm/naming.py`)."""


class Undo(Word):
    """The way back of a call that changed something: a call too, with its own tier."""

    tool: OwnName
    arguments: dict[str, Any] = Field(default_factory=dict)
    says: str
    """What it does, as a person reads it: "put the old notes back"."""


class Assessed(Word):
    """What one call with these arguments is, before anybody runs it."""

    tier: TierName
    reasons: tuple[str, ...] = ()
    """Why it is above its tool's own tier, a clause each."""
    code: str | None = None
    """Why it is BLACK, in a stable word: `not_found`, `invalid`, `forbidden`, `protected`,
    `unavailable`, `bug`."""
    command: str = ""
    """What will run, in full, as a person reads it: odd characters are written out."""
    targets: tuple[str, ...] = ()
    """What it acts on: `file:notes/a.txt`, `container:web`, `host:example.org`."""
    affects: str = ""
    """What comes of it, one clause."""
    undo: str = ""
    """How it is taken back, one clause; empty when it is not."""
    lasting: bool = False
    """Whether a person may allow the very same call for longer than once."""


class ToolSpec(Word):
    """What a model is told about a tool, and what the house knows of it."""

    name: ToolName
    description: str
    tier: TierName
    parameters: dict[str, Any] = Field(default_factory=dict)
    """JSON schema of the arguments: an object that refuses unknown names."""
    examples: tuple[str, ...] = ()
    """What a person might say to get it."""
    timeout: Annotated[float, Field(gt=0)]
    """Seconds it may run."""
    effect: Effect = "none"
    version: str = ""
    """A hash of what it is; a person approves this version and no other."""
    sends: bool = False
    """It can carry words out of the house."""
    untrusted: bool = False
    """What it brings back was written by anybody: it taints the turn."""
    lasting: bool = False
    """Its arguments say all that it does, so a yes may count for the same ones again."""


class ToolResult(Word):
    """What a tool call brought back; a failure is a result too.

    The first line of `text` is one whole sentence that a person can read as the answer;
    details follow on lines of their own.
    """

    text: str
    data: Any = None
    """The same as structure."""
    ok: bool = True
    code: str | None = None
    """A stable word for programs when `ok` is false."""
    undo: Undo | None = None
    """How it is taken back, where it can be."""
    tainted: tuple[str, ...] = ()
    """The sources of text in it that anybody could have written, where the tool itself is none."""
