"""Which messengers are to be on, as the settings and the vault have it at this moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from ops import config, logs, secrets
from ops.settings import FILE, Settings
from ops.vault import Vault
from schemas.errors import Expected

log = logs.logger("channels")

TELEGRAM = "TELEGRAM_BOT_TOKEN"
KINDS = ("telegram",)
"""The messengers there are."""


@dataclass(frozen=True)
class Wanted:
    """One messenger as it is to be.

    Attributes:
        enabled: whether the owner wants it, if it can be.
        token: what it signs in with; without one it is off.
        base_url: a server in the place of the vendor's.
    """

    enabled: bool
    token: SecretStr | None = field(repr=False)
    base_url: str | None = None

    @property
    def on(self) -> bool:
        """Whether it is to be on."""
        return self.enabled and self.token is not None


def wanted(settings: Settings) -> dict[str, Wanted]:
    """Return how each messenger is to be.

    Raises:
        WrongKey, Damaged, Unsafe: the vault cannot be opened.
    """
    token = settings.telegram_bot_token or Vault(settings.root).get(TELEGRAM)
    return {
        "telegram": Wanted(
            settings.channels.telegram.enabled, token, settings.telegram_api_base_url
        )
    }


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
                self._now = wanted(config.load(self._root))
            except (Expected, OSError) as error:
                log.error("channels.unreadable", error=str(error))
            self._seen = state
        return self._now


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_mtime_ns, about.st_size, about.st_ino
