"""Makes the models that the settings name, and finds those of tiers that nobody set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr

from gateways.llm import claude, gemini, openai_compatible
from gateways.llm.base import Keys, Model
from gateways.llm.cooling import Cooling
from gateways.llm.door import Bounds
from gateways.llm.fallback import OFFLINE, Candidate, Fallback
from gateways.llm.lines import Lines
from gateways.llm.metered import Metered
from gateways.llm.models import LIBRARIES, MODELS, PROVIDERS, TIERS, UNKNOWN, Known, full_name
from gateways.llm.mortal import Mortal
from gateways.llm.rules import STANDS_IN, Rules
from gateways.llm.scripted import Scripted
from ops import logs
from ops.current import Current
from ops.settings import Settings
from ops.vault import Vault
from processors.agent.mind import Mind
from schemas.errors import Expected, Invalid
from streams.crash import NOWHERE, Crash

log = logs.logger("models")


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
        found = self._keys.get(name)
        if found is not None or self._behind is None:
            return found
        try:
            return self._behind.get(name)
        except (Expected, OSError) as error:
            # Models that need no key still answer; `nexus doctor` says what is wrong.
            log.error("keys.closed", error=str(error))
            return None


class _Way(Protocol):
    """A provider's door, as far as its key goes."""

    @property
    def key(self) -> str:
        """The key of this moment; '' when there is none."""
        ...


class Watched(Mind):
    """The models, as the settings name them at this moment.

    Args:
        current: the settings.
        crash: where this process is to die.

    Raises:
        Invalid: a setting names a tier or a model that does not exist.
    """

    def __init__(self, current: Current, crash: Crash) -> None:
        cooling = Cooling()
        self._look = current.made(_part, lambda now: mind(now, crash, cooling=cooling))

    def now(self) -> Mind:
        """Return the models of this moment."""
        return self._look()


def _part(settings: Settings) -> object:
    servers = (settings.gemini_base_url, settings.anthropic_base_url, settings.openai_base_url)
    return settings.models, settings.default_model, servers


def mind(
    settings: Settings, crash: Crash, keys: Keys | None = None, cooling: Cooling | None = None
) -> Mind:
    """Return the models by tier.

    Args:
        settings: which ones.
        crash: where this process is to die.
        keys: the providers' keys; those of the settings, then of the vault, unless given.
        cooling: what is known of the models' health; nothing unless given.

    Raises:
        Invalid: a setting names a tier or a model that does not exist.
    """
    models, tiers = settings.models, settings.models.tiers
    for name in ("default", "action", "conversation"):
        tier = getattr(models, name)
        if tier not in tiers and (tier or name == "default"):
            raise Invalid(f"models.{name} is {tier}; choose one of {', '.join(tiers)}.")
    keys = keys or SettingsKeys(settings, Vault(settings.root))
    maker = _Maker(settings, keys, crash, cooling or Cooling())
    return Mind(
        {tier: maker.tier(tier, names) for tier, names in tiers.items()},
        models.default,
        intents={"action": models.action, "conversation": models.conversation},
    )


def first_library(mind: Mind) -> str | None:
    """Return the module that the model speaks through which is asked first; None if it needs none.

    It takes about a second to load. Whoever does so beforehand spares it the first question, and
    what goes on after a death.
    """
    states = [one.models for one in mind.overview() if one.tier == mind.default]
    ready = [model.provider for models in states for model in models if model.state == "ready"]
    return LIBRARIES.get(ready[0]) if ready else None


def single(settings: Settings, name: str, keys: Keys) -> Model:
    """Return one model, to be tried out.

    Args:
        settings: where its server is.
        name: `provider:model`.
        keys: where its key is.

    Raises:
        Invalid: there is no such model.
    """
    return _Maker(settings, keys, NOWHERE, Cooling()).candidate(name).model


class _Maker:
    def __init__(self, settings: Settings, keys: Keys, crash: Crash, cooling: Cooling) -> None:
        self._settings = settings
        self._keys = keys
        self._crash = crash
        self._cooling = cooling
        self._rules = self._mortal(Candidate(OFFLINE, Rules()))
        self._made: dict[str, Candidate] = {}
        models = settings.models
        bounds = Bounds(models.first_seconds, models.silence_seconds, models.answer_bytes)
        self._servers = {
            "gemini": settings.gemini_base_url,
            "anthropic": settings.anthropic_base_url,
            "openai": settings.openai_base_url,
        }
        self._gemini = gemini.door(self._keys, self._servers["gemini"], bounds)
        self._claude = claude.door(self._keys, self._servers["anthropic"], bounds)
        self._openai = openai_compatible.door(self._keys, self._servers["openai"], bounds)

    def tier(self, tier: str, names: Sequence[str]) -> Model:
        """Return the model of a tier."""
        if names:
            chosen = [self.candidate(name) for name in names]
            return Fallback(lambda: chosen, self._cooling)
        first = self._settings.default_model if tier == self._settings.models.default else None
        usual = [self.candidate(name) for name in ((first,) if first else ()) + TIERS[tier]]

        def present() -> Sequence[Candidate]:
            return [one for one in usual if one.ready()] or [self._rules]

        # What this server can say of itself it says though all providers are down.
        return Fallback(present, self._cooling, last=Rules(STANDS_IN))

    def candidate(self, name: str) -> Candidate:
        """Return a model by its name."""
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
        server = self._servers.get(kind)
        way: _Way
        model: Model
        match kind if rest else "":
            case "gemini":
                way, model = self._gemini, gemini.Gemini(rest, self._gemini, known)
            case "anthropic":
                way, model = self._claude, claude.Claude(rest, self._claude, known)
            case "openai":
                way = self._openai
                model = openai_compatible.OpenAICompatible(
                    rest, self._openai, known, local=bool(server)
                )
            case _:
                raise Invalid(
                    f"There is no model {name}; write it as provider:name with the provider one of"
                    f" {', '.join(PROVIDERS)}, or choose `rules`, or `scripted:FILE` for a demo."
                )
        # A model that rests is asked again at once with another key, or at another server.
        paid = Metered(model, known)
        return Candidate(kind, paid, lambda: bool(way.key), lambda: hash((server, way.key)))

    def _known(self, name: str) -> Known:
        return self._settings.models.known.get(name) or MODELS.get(name, UNKNOWN)
