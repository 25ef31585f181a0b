"""The providers of models: what is known of each, their keys, and one tiny question to try them."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from typing import get_args

from pydantic import SecretStr

from gateways.llm import listing, local
from gateways.llm.base import Keys, Request, TextDelta, ThinkingDelta, UserSaid
from gateways.llm.faults import BadKey
from gateways.llm.models import MODELS, TIERS, full_name
from ops.minds import SettingsKeys, single
from ops.panel.service import Panel
from ops.settings import Settings, key_of
from ops.vault import Listed, Vault, ending
from processors.agent.mind import Mind
from schemas.errors import Conflict, Expected, Invalid, NotFound
from schemas.models import TierState
from schemas.panel import LocalShown, ModelsShown, Provider, ProviderShown, Trial
from streams.spending import Spending
from web.auth import Caller

SECONDS = 20.0
"""How long a trial may take until the first word."""
SHORT = 256
"""Tokens of its answer, some of which may be thought."""
LOCAL_SECONDS = 5.0
"""How long it is believed which model server this machine has."""


class Providers:
    """Everything about providers, for the owner.

    Args:
        panel: the settings, and who is told.
        mind: the models that think.
    """

    def __init__(self, panel: Panel, mind: Mind) -> None:
        self._panel, self._mind = panel, mind
        self._vault = Vault(panel.root)
        self._local: tuple[float, local.Local | None] = (float("-inf"), None)

    async def shown(self) -> ModelsShown:
        """Return where answers come from, and what they cost today."""
        settings = self._panel.current.now()
        tiers = tuple(self._mind.overview())
        listed, found = await asyncio.gather(
            asyncio.to_thread(self._vault.listed), asyncio.to_thread(self._find)
        )
        kept = {one.name: one for one in listed}
        spent = await Spending.on(self._panel.redis, "-", "-").read()
        return ModelsShown(
            providers=tuple(_provider(one, settings, tiers, kept) for one in get_args(Provider)),
            tiers=tiers,
            default=self._mind.default,
            local=LocalShown(address=found.address, models=found.models) if found else None,
            spent_day=spent.day.cost,
        )

    def _find(self) -> local.Local | None:
        looked, found = self._local
        if time.monotonic() - looked > LOCAL_SECONDS:
            found = local.find()
            self._local = (time.monotonic(), found)
        return found

    async def keep(self, provider: Provider, key: str, who: Caller) -> Trial:
        """Keep a key, after one tiny question with it; one that is not let in is not kept.

        Raises:
            Conflict: the environment holds the key, and wins.
            BadKey: the provider does not let it in; the key before it stays.
        """
        name = _variable(provider)
        if key_of(name) is not None or _given(self._panel.current.now(), provider):
            raise Conflict(f"The environment holds {name}, and wins; change it there.")
        tried, error = await self._try(provider, "", _Given(name, key))
        if isinstance(error, BadKey):
            raise error
        await asyncio.to_thread(self._vault.put, name, key)
        await self._panel.tell("key.changed", {"name": name, "ends": ending(key)}, who)
        return tried

    async def forget(self, provider: Provider, who: Caller) -> None:
        """Forget a key.

        Raises:
            NotFound: there is none that is kept here.
        """
        name = _variable(provider)
        await asyncio.to_thread(self._vault.remove, name)
        await self._panel.tell("key.removed", {"name": name}, who)

    async def test(self, provider: Provider, model: str) -> Trial:
        """Ask one of a provider's models one tiny question."""
        keys = SettingsKeys(self._panel.current.now(), self._vault)
        return (await self._try(provider, model, keys))[0]

    async def _try(
        self, provider: Provider, model: str, keys: Keys
    ) -> tuple[Trial, Expected | None]:
        settings = self._panel.current.now()
        address = getattr(settings, f"{provider}_base_url")
        found = keys.get(_variable(provider))
        key = found.get_secret_value() if found else ""
        models = await listing.offered(provider, key, address) if key or address else ()
        name = model or _first(provider, settings, models)
        began = time.monotonic()
        error: Expected | None = None
        try:
            if not name:
                raise NotFound("Nobody knows a model of it: name one, or let a tier name one.")
            await _ask(settings, f"{provider}:{name}", keys)
        except Expected as failed:
            error = failed
        except TimeoutError:
            error = Invalid(f"{name} said nothing within {SECONDS:g} s.")
        ms = round((time.monotonic() - began) * 1000)
        says = str(error) if error else ""
        return Trial(ok=error is None, ms=ms, model=name, says=says, models=models), error


async def _ask(settings: Settings, name: str, keys: Keys) -> None:
    """Ask, and listen until the first word."""
    model = single(settings, name, keys)
    asked = Request(exchanges=(UserSaid("Say: ok"),), max_tokens=SHORT, seconds=SECONDS)
    async with asyncio.timeout(SECONDS), aclosing(model.stream(asked)) as deltas:
        async for delta in deltas:
            if isinstance(delta, TextDelta | ThinkingDelta):
                return


class _Given:
    """One key that is not kept yet."""

    def __init__(self, name: str, value: str) -> None:
        self._name, self._value = name, SecretStr(value)

    def get(self, name: str) -> SecretStr | None:
        return self._value if name == self._name else None


def _variable(provider: str) -> str:
    return f"{provider.upper()}_API_KEY"


def _given(settings: Settings, provider: str) -> bool:
    return getattr(settings, f"{provider}_api_key") is not None


def _first(provider: str, settings: Settings, offered: tuple[str, ...]) -> str:
    """Return the model to try: the first that a tier names, or that is known, or that is there."""
    of = f"{provider}:"
    usual = () if settings.openai_base_url and provider == "openai" else tuple(MODELS)
    named = [full_name(one) for tier in settings.models.tiers.values() for one in tier]
    tiers = [one for tier in TIERS.values() for one in tier]
    known = [one.removeprefix(of) for one in (*named, *tiers, *usual) if one.startswith(of)]
    there = [one for one in known if one in offered]
    return next(iter((*there, *known, *offered)), "")


def _provider(
    provider: Provider, settings: Settings, tiers: tuple[TierState, ...], kept: dict[str, Listed]
) -> ProviderShown:
    of = f"{provider}:"
    mine = kept.get(_variable(provider))
    states = [one for tier in tiers for one in tier.models if one.provider == provider]
    rests = [one.until for one in states if one.until is not None]
    known = [one.removeprefix(of) for one in MODELS if one.startswith(of)]
    given = _given(settings, provider)
    return ProviderShown(
        id=provider,
        kept=given or mine is not None,
        ends=mine.ends if mine and not given else "",
        at=mine.at if mine and not given else None,
        environment=given,
        base_url=getattr(settings, f"{provider}_base_url"),
        models=tuple(dict.fromkeys((*known, *(one.model for one in states)))),
        resting=min(rests) if rests and len(rests) == len(states) else None,
    )
