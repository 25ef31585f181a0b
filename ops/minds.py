"""Makes the models that the settings name, and finds those of tiers that nobody set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import SecretStr

from gateways.llm import claude, gemini, openai_compatible
from gateways.llm.base import Keys, Model
from gateways.llm.cooling import Cooling
from gateways.llm.door import Bounds
from gateways.llm.fallback import OFFLINE, Candidate, Fallback
from gateways.llm.lines import Lines
from gateways.llm.models import MODELS, PROVIDERS, TIERS, UNKNOWN, Known, full_name
from gateways.llm.mortal import Mortal
from gateways.llm.rules import Rules
from gateways.llm.scripted import Scripted
from ops.settings import Settings
from processors.agent.mind import Mind
from schemas.errors import Invalid
from streams.crash import Crash


class SettingsKeys:
    """The keys that the settings hold, the environment among them.

    Args:
        settings: all settings.
        behind: who is asked for what they do not hold.
    """

    def __init__(self, settings: Settings, behind: Keys | None = None) -> None:
        self._behind = behind
        self._keys = {
            "GEMINI_API_KEY": settings.gemini_api_key,
            "ANTHROPIC_API_KEY": settings.anthropic_api_key,
            "OPENAI_API_KEY": settings.openai_api_key,
        }

    def get(self, name: str) -> SecretStr | None:
        """Return a key by its name in the environment."""
        return self._keys.get(name) or (self._behind.get(name) if self._behind else None)


def mind(settings: Settings, crash: Crash, keys: Keys | None = None) -> Mind:
    """Return the models by tier.

    Args:
        settings: which ones.
        crash: where this process is to die.
        keys: the providers' keys; those of the settings unless given.

    Raises:
        Invalid: a setting names a tier or a model that does not exist.
    """
    models, tiers = settings.models, settings.models.tiers
    for name in ("default", "action", "conversation"):
        tier = getattr(models, name)
        if tier not in tiers and (tier or name == "default"):
            raise Invalid(f"models.{name} is {tier}; choose one of {', '.join(tiers)}.")
    maker = _Maker(settings, keys or SettingsKeys(settings), crash)
    return Mind(
        {tier: maker.tier(tier, names) for tier, names in tiers.items()},
        models.default,
        intents={"action": models.action, "conversation": models.conversation},
    )


class _Maker:
    def __init__(self, settings: Settings, keys: Keys, crash: Crash) -> None:
        self._settings = settings
        self._keys = keys
        self._crash = crash
        self._cooling = Cooling()
        self._rules = self._mortal(Candidate(OFFLINE, Rules()))
        self._made: dict[str, Candidate] = {}
        models = settings.models
        bounds = Bounds(models.first_seconds, models.silence_seconds, models.answer_bytes)
        self._gemini = gemini.door(self._keys, settings.gemini_base_url, bounds)
        self._claude = claude.door(self._keys, settings.anthropic_base_url, bounds)
        self._openai = openai_compatible.door(self._keys, settings.openai_base_url, bounds)

    def tier(self, tier: str, names: Sequence[str]) -> Model:
        """Return the model of a tier."""
        if names:
            chosen = [self._candidate(name) for name in names]
            return Fallback(lambda: chosen, self._cooling)
        first = self._settings.default_model if tier == self._settings.models.default else None
        usual = [self._candidate(name) for name in ((first,) if first else ()) + TIERS[tier]]

        def present() -> Sequence[Candidate]:
            return [one for one in usual if one.ready()] or [self._rules]

        return Fallback(present, self._cooling)

    def _candidate(self, name: str) -> Candidate:
        if name not in self._made:
            self._made[name] = self._mortal(self._make(name))
        return self._made[name]

    def _mortal(self, one: Candidate) -> Candidate:
        return replace(one, model=Mortal(one.model, self._crash.at)) if self._crash else one

    def _make(self, name: str) -> Candidate:
        kind, _, rest = full_name(name).partition(":")
        known = self._known(f"{kind}:{rest}")
        if name == "rules":
            return Candidate(OFFLINE, Rules())
        if kind == "scripted" and rest:
            return Candidate(OFFLINE, Scripted.from_file(Path(rest)))
        if kind == "lines" and rest:
            return Candidate(OFFLINE, Lines(Path(rest)))
        makers: dict[str, Callable[[], Candidate]] = {
            "gemini": lambda: Candidate(
                kind, gemini.Gemini(rest, self._gemini, known), lambda: bool(self._gemini.key)
            ),
            "anthropic": lambda: Candidate(
                kind, claude.Claude(rest, self._claude, known), lambda: bool(self._claude.key)
            ),
            "openai": lambda: Candidate(
                kind,
                openai_compatible.OpenAICompatible(
                    rest, self._openai, known, local=bool(self._settings.openai_base_url)
                ),
                lambda: bool(self._openai.key),
            ),
        }
        if kind in makers and rest:
            return makers[kind]()
        raise Invalid(
            f"There is no model {name}; write it as provider:name with the provider one of"
            f" {', '.join(PROVIDERS)}, or choose `rules`, or `scripted:FILE` for a demo."
        )

    def _known(self, name: str) -> Known:
        return self._settings.models.known.get(name) or MODELS.get(name, UNKNOWN)
