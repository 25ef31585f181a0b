"""Which model thinks for which tier."""

from __future__ import annotations

from collections.abc import Mapping

from gateways.llm.base import Model


class Mind:
    """The models, by tier.

    Args:
        models: the tiers in the order in which they are shown; each has a model.
        default: the tier of whoever chose none.
    """

    def __init__(self, models: Mapping[str, Model], default: str) -> None:
        self._models = dict(models)
        self.default = default

    @property
    def tiers(self) -> tuple[str, ...]:
        """All tiers."""
        return tuple(self._models)

    def model(self, tier: str) -> Model:
        """Return the model of a tier; an unknown tier is the default one."""
        return self._models.get(tier) or self._models[self.default]
