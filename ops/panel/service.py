"""Settings as the owner sees and changes them in a browser, and what is told of a change."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog

from ops import config, config_file
from ops.current import Current
from ops.keyring import gateway
from ops.settings import Setting, Settings, at_once, every, is_given
from ops.slice import House
from schemas.base import new_id
from schemas.desk import Happened
from schemas.errors import Conflict, Expected, Forbidden
from schemas.panel import SettingShown, SettingsShown
from streams.accept import Ingress
from streams.voice import HOUSE
from web.auth import Caller

log = structlog.get_logger("panel")

CONNECTIONS = 2


class Panel:
    """The settings that can be changed while all runs.

    Args:
        house: what every slice is handed.
    """

    def __init__(self, house: House) -> None:
        self.current = house.runtime.resource(Current)
        self.root = house.settings.root
        self.redis = house.runtime.beside("durable", CONNECTIONS)
        settings = house.settings
        self._ingress = Ingress(self.redis, gateway(settings, HOUSE), settings.streams)

    async def shown(self) -> SettingsShown:
        """Return what can be changed here, as it is in the file and the environment now."""
        return await asyncio.to_thread(self._shown)

    def _shown(self) -> SettingsShown:
        # What is in force, where the file has become one that does not fit.
        try:
            settings = config.load(self.root)
        except Expected:
            settings = self.current.now()
        return SettingsShown(settings=tuple(self._one(settings, one) for one in changeable()))

    def _one(self, settings: Settings, setting: Setting) -> SettingShown:
        return SettingShown(
            name=setting.name,
            value=_value(settings, setting.name),
            source=config_file.source(self.root, setting),
            says=setting.field.description or "",
        )

    async def change(self, changes: Mapping[str, Any], who: Caller) -> SettingsShown:
        """Change settings, all of them or none, and tell it; the last good ones stay otherwise.

        Raises:
            NotFound: there is no such setting.
            Forbidden: one is not changed here.
            Conflict: the environment sets one, and wins.
            BadSetting: a value does not fit.
        """
        for name in changes:
            setting = config_file.named(name)
            if not at_once(name):
                raise Forbidden(f"{name} is set in the terminal: `nexus config set {name}`.")
            if is_given(setting):
                raise Conflict(f"The environment sets {setting.variable}, and wins.")
        await asyncio.to_thread(config_file.change, self.root, changes)
        self.current.look()
        await self.tell("settings.changed", {"changes": dict(changes)}, who)
        return await self.shown()

    async def tell(self, kind: str, data: dict[str, Any], who: Caller) -> None:
        """Let everybody who follows the events hear of a change, the journal among them.

        What is changed is changed: where it cannot be told now, the log says so.

        Args:
            kind: what happened.
            data: more of it; no secret.
            who: by whom.
        """
        name = new_id()
        message = Happened(
            id=name,
            trace=name,
            session=f"events-{who.person}",
            person=who.person,
            channel="web",
            type=kind,
            data={**data, "by": who.person},
        )
        log.info(kind, by=who.person, what=sorted(data.get("changes", data)))
        try:
            await self._ingress.accept(message, f"{who.person}:{name}")
        except Expected as error:
            log.error("panel.untold", event=kind, error=str(error))

    async def close(self) -> None:
        """Let go of Redis."""
        await self.redis.aclose()


def changeable() -> list[Setting]:
    """Return what can be changed here."""
    return [one for one in every() if at_once(one.name)]


def _value(settings: Settings, name: str) -> Any:
    first, *rest = name.split(".")
    found: Any = settings.model_dump(mode="json", include={first})[first]
    for part in rest:
        found = found[part]
    return found
