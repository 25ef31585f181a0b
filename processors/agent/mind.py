"""Which model thinks for which tier."""

from __future__ import annotations

from collections.abc import Mapping

from gateways.llm.base import Model
from gateways.llm.fallback import OFFLINE, Fallback
from processors.agent.intent import Intent
from schemas.models import ModelState, TierState


class Mind:
    """The models, by tier.

    Args:
        models: the tiers in the order in which they are shown; each has a model.
        default: the tier of whoever chose none.
        intents: the tier of each kind of question; the default where none is named.
    """

    def __init__(
        self,
        models: Mapping[str, Model],
        default: str,
        intents: Mapping[Intent, str] | None = None,
    ) -> None:
        self._models = dict(models)
        self._intents = dict(intents or {})
        self._default = default

    def now(self) -> Mind:
        """Return the models of this moment; a subclass may know newer ones."""
        return self

    @property
    def default(self) -> str:
        """The tier of whoever chose none."""
        return self.now()._default

    @property
    def tiers(self) -> tuple[str, ...]:
        """All tiers."""
        return tuple(self.now()._models)

    def tier(self, intent: Intent) -> str:
        """Return the tier of a kind of question."""
        now = self.now()
        return now._intents.get(intent) or now._default

    def model(self, tier: str) -> Model:
        """Return the model of a tier; an unknown tier is the default one."""
        now = self.now()
        found = now._models.get(tier) or now._models[now._default]
        return (found.only or found) if isinstance(found, Fallback) else found

    def overview(self) -> list[TierState]:
        """Return all tiers with the models that are asked, and how each is now."""
        return [
            TierState(
                tier=tier,
                models=model.states()
                if isinstance(model, Fallback)
                else (ModelState(provider=OFFLINE, model=model.name, state="ready"),),
            )
            for tier, model in self.now()._models.items()
        ]
