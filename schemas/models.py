"""Which models there are, and whether they can be asked now."""

from __future__ import annotations

from typing import Literal

from schemas.base import Moment, Word


class ModelState(Word):
    """One model of a tier."""

    provider: str
    model: str
    state: Literal["ready", "cooling", "no key"]
    until: Moment | None = None
    """When it is asked again, if it cools down."""
    failures: int = 0
    """How often in a row it failed when it was asked; 0 once it has answered."""
    failing: str = ""
    """The code of the error with which it failed when it was last asked; empty once it answered,
    and with another key."""


class TierState(Word):
    """A tier, with its models in the order in which they are asked."""

    tier: str
    models: tuple[ModelState, ...]
