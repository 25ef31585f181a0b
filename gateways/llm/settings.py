"""Settings of the models: which ones think, how long they may take, what they cost."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_settings import NoDecode

from gateways.llm.models import Known

Models = Annotated[tuple[str, ...], NoDecode]
"""The models of a tier, in the order in which they are asked; one alone may stand as plain text."""


class ModelsSettings(BaseModel):
    """Which models think.

    A model is `provider:name`, where the provider is `gemini`, `anthropic` or `openai` (whoever
    speaks its protocol), or it is `rules`, the brain that needs no network. A tier that is not
    set has the usual models of the providers that have a key, and `rules` where none has.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    default: str = Field("flash", description="The tier of whoever chose none.")
    flash: Models = Field(
        default_factory=tuple,
        description="The models of the tier `flash`, quick and cheap, in the order in which they"
        " are asked; in the environment separated by commas.",
    )
    haiku: Models = Field(default_factory=tuple, description="Those of the tier `haiku`, small.")
    sonnet: Models = Field(
        default_factory=tuple, description="Those of the tier `sonnet`, for most work."
    )
    opus: Models = Field(
        default_factory=tuple, description="Those of the tier `opus`, for the hardest."
    )
    action: str = Field(
        "", description="The tier of what wants the server looked at or changed; the default's"
        " unless set."
    )  # fmt: skip
    conversation: str = Field(
        "", description="The tier of what wants an answer only; the default's unless set."
    )
    first_seconds: Annotated[float, Field(gt=0, le=3_600, allow_inf_nan=False)] = Field(
        120.0, description="How long a model may take until the first byte of its answer."
    )
    silence_seconds: Annotated[float, Field(gt=0, le=3_600, allow_inf_nan=False)] = Field(
        60.0, description="How long it may be silent after that."
    )
    answer_bytes: Annotated[int, Field(ge=10_000, le=1_000_000_000)] = Field(
        10_000_000, description="The largest answer that is read, as it comes over the wire."
    )
    patience: Annotated[float, Field(ge=0, le=604_800, allow_inf_nan=False)] = Field(
        3_600.0,
        description="How many seconds a question waits while no model answers, before it is"
        " answered with that.",
    )
    known: dict[str, Known] = Field(
        default_factory=dict,
        description="By `provider:name`, what a model costs in US dollars per million tokens"
        " (`input`, `output`, `cached`, `kept`), and how it is asked to think (`thinking`: `off`,"
        " `budget` or `adaptive`); over the table in the program.",
    )

    @field_validator("flash", "haiku", "sonnet", "opus", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @property
    def tiers(self) -> dict[str, tuple[str, ...]]:
        """The models by tier, in the order in which tiers are shown."""
        return {
            "flash": self.flash, "haiku": self.haiku, "sonnet": self.sonnet, "opus": self.opus,
        }  # fmt: skip
