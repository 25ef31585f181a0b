"""Which messengers are to be on, as the settings and the vault have it at this moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from ops import config, logs, secrets
from ops.channels.kinds import KINDS, Given, Kind
from ops.settings import FILE, Setting, Settings, every
from ops.vault import Vault
from schemas.errors import Expected

log = logs.logger("channels")


@dataclass(frozen=True)
class Wanted:
    """One messenger as it is to be.

    Attributes:
        enabled: whether the owner wants it, if it can be.
        given: its fields that are set, secrets too, by their names in the environment.
        missing: the fields without which it is off, and that are not set, as far as is known.
        closed: why a secret of its cannot be read, which lets it be off; '' where all can.
    """

    enabled: bool
    given: Given = field(repr=False)
    missing: tuple[str, ...] = ()
    closed: str = ""

    @property
    def on(self) -> bool:
        """Whether it is to be on."""
        return self.enabled and not self.missing and not self.closed


def setting(field: str) -> Setting:
    """Return the setting that a field of a messenger is."""
    return next(one for one in every() if one.variable == field)


def how(field: str) -> str:
    """Return the command that sets a field."""
    one = setting(field)
    return f"nexus secrets set {field}" if one.secret else f"nexus config set {one.name} …"


def wanted(settings: Settings) -> dict[str, Wanted]:
    """Return how each messenger is to be: where the vault cannot be opened, each that needs it."""
    vault = Vault(settings.root)
    return {kind.name: _wanted(settings, vault, kind) for kind in KINDS.values()}


def _wanted(settings: Settings, vault: Vault, kind: Kind) -> Wanted:
    given: dict[str, str] = {}
    closed = ""
    for name in kind.fields:
        one = setting(name)
        value: Any = reduce(getattr, one.name.split("."), settings)
        if value is None and one.secret:
            try:
                value = vault.get(name)
            except Expected as error:
                closed = f"{name} cannot be read: {error}"
        if value is not None:
            plain = isinstance(value, SecretStr)
            given[name] = value.get_secret_value() if plain else str(value)
    # WhatsApp has a switch of its own in the environment.
    switch = getattr(settings, f"{kind.name}_enabled", True)
    enabled = getattr(settings.channels, kind.name).enabled and switch
    missing = tuple(name for name in kind.needs if not given.get(name) and not closed)
    return Wanted(enabled, given, missing, closed)


class Watched:
    """Looks whether what decides it has changed; what cannot be read changes nothing.

    Args:
        settings: all settings, as they were read at the start.
    """

    def __init__(self, settings: Settings) -> None:
        root = settings.root
        self._root = root
        self._files = (root / FILE, secrets.folder(root) / "vault" / "sealed.age")
        self._seen: object = None
        self._now: dict[str, Wanted] = {}

    def now(self) -> dict[str, Wanted]:
        """Return how each messenger is to be, today."""
        state = tuple(map(_state, self._files))
        if state != self._seen:
            try:
                self._now = self._read()
            except OSError as error:
                # Of the moment, as when too many files are open: the next look may read it.
                log.error("channels.unreadable", error=str(error))
                return self._now
            except Expected as error:
                log.error("channels.unreadable", error=str(error))
            self._seen = state
        return self._now

    def _read(self) -> dict[str, Wanted]:
        found = wanted(config.load(self._root))
        for name, one in found.items():
            if one.closed:
                log.error("channels.unreadable", channel=name, error=one.closed)
        return {k: self._now.get(k, one) if one.closed else one for k, one in found.items()}


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_mtime_ns, about.st_size, about.st_ino
