"""One tool, called by name: what a program or a terminal sends, and what it gets."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, RootModel, StringConstraints

from schemas.base import Identifier, Moment, Word
from schemas.tools import Effect, TierName, ToolSpec, Undo

Named = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,128}$")]
"""A tool's name as somebody typed it; perhaps there is none of that name."""


class Execute(Word):
    """Call one tool."""

    tool: Named
    arguments: dict[str, Any] = Field(default_factory=dict)
    wait: Annotated[float, Field(ge=0, le=120, allow_inf_nan=False)] = 30.0
    """Seconds to wait for the result; it goes on all the same."""


class Executed(Word):
    """A call that ran, and what it brought back; a failure is a result too."""

    turn: Identifier
    """The turn in which it ran."""
    call_id: Identifier
    tool: str
    tier: TierName | None
    ok: bool
    state: Literal["done", "failed", "unknown"]
    code: str | None
    """Why it failed, in a stable word."""
    content: str
    data: Any
    undo: Undo | None
    """The way back, where there is one."""
    elapsed_ms: float


class Blocked(Word):
    """A call that did not run: a rule or a person did not allow it."""

    blocked: Literal[True] = True
    reason: str
    tier: TierName


class Going(Word):
    """A call that is under way, or waits for a person; ask for its turn later."""

    turn: Identifier
    state: Literal["working", "awaiting"]
    approval: Identifier | None = None
    """The request to a person that it waits for."""
    tool: str | None = None
    tier: TierName | None = None
    command: str | None = None
    """What would run, as the person is asked."""
    expires_at: Moment | None = None
    """Until when somebody may decide."""


class CallOutcome(RootModel[Executed | Blocked | Going]):
    """What became of a call: it ran, it was blocked, or it goes on."""


class ToolShown(Word):
    """One tool that the caller may use."""

    name: str
    description: str
    tier: TierName
    effect: Effect
    timeout: float
    parameters: dict[str, Any]
    examples: tuple[str, ...]

    @classmethod
    def of(cls, spec: ToolSpec) -> ToolShown:
        """Return what of a tool is shown."""
        return cls(**{name: getattr(spec, name) for name in cls.model_fields})


class ToolsShown(Word):
    """The tools that the caller may use, in the order of the server's list."""

    tools: tuple[ToolShown, ...]
