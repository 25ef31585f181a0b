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
from schemas.errors import Conflict, Expected, Invalid, NotFound, Refused
from schemas.models import TierState
from schemas.panel import (
    KeyGiven,
    LocalShown,
    ModelsShown,
    Provider,
    ProviderShown,
    Trial,
    TrialForm,
)
from streams.spending import Spending
from web.auth import Caller

SECONDS = 20.0
"""How long a trial may take until the first word."""
SHORT = 256
"""Tokens of its answer, some of which may be thought."""
UNNAMED = "Nobody knows a model of it: name one, or let a tier name one."
LOCAL_SECONDS = 5.0
"""How long it is believed which model server this machine has."""


class Unproven(Refused):
    """Nothing shows that the key and the address work."""

    code = "unproven"
    status = 422


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

    async def keep(self, provider: Provider, given: KeyGiven, who: Caller) -> Trial:
        """Keep a key, an address, or both, after one tiny question with them.

        What gets no answer is not kept, unless that is wished; what was before stays.

        Raises:
            Invalid: neither is given.
            Conflict: the environment holds it, and wins.
            BadKey: the provider does not let the key in.
            Unproven: there was no answer, for another reason.
        """
        key, name = given.key, _variable(provider)
        if key is None and given.base_url is None:
            raise Invalid("Give a key, or the address of a server.")
        held = key_of(name) is not None or _given(self._panel.current.now(), provider)
        if key is not None and held:
            raise Conflict(f"The environment holds {name}, and wins; change it there.")
        tried, error = await self._try(provider, "", key, given.base_url)
        if isinstance(error, BadKey):
            raise error
        if error is not None and not given.anyway:
            raise Unproven(f"{str(error).rstrip('.')}. Nothing was kept.") from None
        if given.base_url is not None:
            address = {f"{provider}_base_url": given.base_url or None}
            await self._panel.change(address, who)
        if key is not None:
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

    async def test(self, provider: Provider, wish: TrialForm) -> Trial:
        """Ask one of a provider's models one tiny question."""
        return (await self._try(provider, wish.model, wish.key, wish.base_url))[0]

    async def _try(
        self, provider: Provider, model: str, key: str | None, base_url: str | None
    ) -> tuple[Trial, Expected | None]:
        """Ask with a key and at an address that are not kept yet, or with those that are."""
        settings, variable = self._panel.current.now(), _variable(provider)
        if base_url is not None:
            settings = settings.model_copy(update={f"{provider}_base_url": base_url or None})
        kept = SettingsKeys(settings, self._vault)
        keys: Keys = kept if key is None else _Given(variable, key)
        address = getattr(settings, f"{provider}_base_url")
        found = keys.get(variable)
        secret = found.get_secret_value() if found else ""
        listed = listing.Offered()
        if secret or address:
            listed = await listing.offered(provider, secret, address)
        models, name = listed.names, model or _first(provider, settings, listed.names)
        began = time.monotonic()
        error: Expected | None = None
        try:
            if not name:
                # Who has no name to ask has at least learnt why the server told none.
                raise listed.refused or NotFound(UNNAMED)
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
    """Return the model to try: the first that a tier names, or that is known, or that is there.

    At a server of somebody's own, what it says it has comes before what it does not name.
    """
    of, own = f"{provider}:", getattr(settings, f"{provider}_base_url") is not None
    usual = () if own and provider == "openai" else tuple(MODELS)
    named = [full_name(one) for tier in settings.models.tiers.values() for one in tier]
    tiers = [one for tier in TIERS.values() for one in tier]
    known = [one.removeprefix(of) for one in (*named, *tiers, *usual) if one.startswith(of)]
    there = [one for one in known if one in offered]
    talks = [one for one in offered if listing.talks(one)] or list(offered)
    rest = (*talks, *known) if own else (*known, *talks)
    return next(iter((*there, *rest)), "")


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
