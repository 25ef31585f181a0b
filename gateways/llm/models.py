"""What is known of models: what they cost, and how they are asked to think.

The names stand here and in the settings, nowhere else. Prices are list prices in US dollars per
million tokens, as the providers published them in November 2026; the setting `models.known` says
otherwise, and adds what is not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.record import Usage

PROVIDERS = ("gemini", "anthropic", "openai")
"""Whose libraries we speak through; `openai` is everybody who speaks its protocol."""
LIBRARIES: Mapping[str, str] = {
    "gemini": "google.genai",
    "anthropic": "anthropic",
    "openai": "openai",
}
"""The modules of these libraries; each takes about a second to load, at the first use."""

Dollars = Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False)]


class Known(BaseModel):
    """One model."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: Dollars = 0.0
    """Of a million tokens that are read."""
    output: Dollars = 0.0
    """Of a million that are written, thinking among them."""
    cached: Dollars | None = None
    """Of a million that the provider had kept; as `input` unless given."""
    kept: Dollars | None = None
    """Of a million that are read and kept for later; as `input` unless given."""
    thinking: Literal["off", "budget", "adaptive"] = "off"
    """Whether it is asked to think: not at all, up to a budget, or as far as it sees fit."""

    def cost(self, usage: Usage, kept: int = 0) -> int:
        """Return what was spent, in millionths of a dollar.

        Args:
            usage: the tokens.
            kept: of the input that was not cached, how many tokens were kept for later.
        """
        fresh = max(0, usage.input - usage.cached - kept)
        cached = self.input if self.cached is None else self.cached
        keeping = self.input if self.kept is None else self.kept
        # A dollar for a million tokens is a millionth of a dollar for one.
        return round(
            fresh * self.input + usage.cached * cached + kept * keeping + usage.output * self.output
        )


UNKNOWN = Known()
"""Costs nothing that we know of, and is not asked to think."""

MODELS: Mapping[str, Known] = {
    "gemini:gemini-3-flash-preview": Known(input=0.5, cached=0.05, output=3.0, thinking="adaptive"),
    "gemini:gemini-2.5-pro": Known(input=1.25, cached=0.125, output=10.0, thinking="adaptive"),
    "gemini:gemini-2.5-flash": Known(input=0.3, cached=0.03, output=2.5, thinking="adaptive"),
    "gemini:gemini-2.0-flash": Known(input=0.1, cached=0.025, output=0.4),
    "anthropic:claude-haiku-4-5": Known(
        input=1.0, cached=0.1, kept=1.25, output=5.0, thinking="budget"
    ),
    "anthropic:claude-sonnet-5-5": Known(
        input=2.0, cached=0.2, kept=2.5, output=10.0, thinking="adaptive"
    ),
    "anthropic:claude-opus-5-5": Known(
        input=4.0, cached=0.2, kept=5.0, output=20.0, thinking="adaptive"
    ),
}
"""By `provider:model`."""

TIERS: Mapping[str, tuple[str, ...]] = {
    "flash": ("gemini:gemini-3-flash-preview", "anthropic:claude-haiku-4-5"),
    "haiku": ("gemini:gemini-3-flash-preview", "anthropic:claude-haiku-4-5"),
    "sonnet": ("gemini:gemini-3-flash-preview", "anthropic:claude-sonnet-5-5"),
    "opus": ("gemini:gemini-2.5-pro", "anthropic:claude-opus-5-5"),
}
"""What a tier is where nobody set it: the first ones whose provider has a key."""


def full_name(name: str) -> str:
    """Return `provider:model` for what may be a model's name alone; '' when nobody knows it."""
    if ":" in name:
        return name
    return next((one for one in MODELS if one.partition(":")[2] == name), "")
