"""How far the agent may go, as the owner sets it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

_CLOSED = ConfigDict(extra="forbid", frozen=True)
_DOLLARS = "US dollars, by the price table; 0 for no limit."
Money = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
"""US dollars."""


class CapSettings(BaseModel):
    """How much may be spent beyond one turn."""

    model_config = _CLOSED

    cost: Money = Field(0.0, description=_DOLLARS)
    tokens: Annotated[int, Field(ge=0, le=1 << 50)] = Field(
        0, description="Tokens, in and out together; 0 for no limit."
    )
    calls: Annotated[int, Field(ge=0, le=1 << 50)] = Field(
        0, description="Tool calls; 0 for no limit."
    )
    seconds: Annotated[int, Field(ge=0, le=1 << 40)] = Field(
        0, description="Seconds in which a model thinks or a tool runs; 0 for no limit."
    )


class SessionCaps(CapSettings):
    """What one conversation may spend."""

    cost: Money = Field(5.0, description=_DOLLARS)


class PersonCaps(CapSettings):
    """What one person may spend on a day, of UTC."""

    cost: Money = Field(10.0, description=_DOLLARS)


class DayCaps(CapSettings):
    """What everybody together may spend on a day, of UTC."""

    cost: Money = Field(20.0, description=_DOLLARS)


class AgentSettings(BaseModel):
    """How far one turn of the agent may go, and what may be spent."""

    model_config = _CLOSED

    max_steps: Annotated[int, Field(ge=1, le=1_000)] = Field(
        12, description="Model steps per turn."
    )
    max_seconds: Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)] = Field(
        600.0, description="Seconds per turn."
    )
    max_tokens: Annotated[int, Field(ge=1_000, le=100_000_000)] = Field(
        200_000, description="Tokens per turn, in and out together."
    )
    max_cost: Money = Field(
        1.0, description="US dollars per turn, by the price table; 0 for no limit."
    )
    max_calls: Annotated[int, Field(ge=1, le=10_000)] = Field(
        64, description="Tool calls per turn."
    )
    max_refusals: Annotated[int, Field(ge=1, le=1_000)] = Field(
        3, description="Calls per turn that a rule or a person did not allow; then it ends."
    )
    context_tokens: Annotated[int, Field(ge=4_000, le=10_000_000)] = Field(
        60_000,
        description="Tokens of the conversation that a model is shown; beyond it old results are"
        " shortened, while calls and decisions stay.",
    )
    tool_tokens: Annotated[int, Field(ge=500, le=1_000_000)] = Field(
        1_700,
        description="Tokens of tools that a model is shown at once; it finds the others by name.",
    )
    max_depth: Annotated[int, Field(ge=0, le=8)] = Field(
        2, description="How deep tasks may be handed on to subagents; 0 for no subagents."
    )
    session: SessionCaps = SessionCaps()
    person: PersonCaps = PersonCaps()
    day: DayCaps = DayCaps()
