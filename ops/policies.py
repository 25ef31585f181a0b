"""The owner's rules for the agent, as `config.yaml` has them at this moment."""

from __future__ import annotations

import time

from ops import config, logs
from ops.settings import FILE, Settings
from processors.tools.policy import Policies, Policy
from schemas.errors import Expected

log = logs.logger("policies")

FRESH = 0.5
"""Seconds for which the file is not looked at again."""


class Watched(Policies):
    """Looks whether the file changed before it answers.

    A file that does not fit changes nothing: the rules that were read last go on to count.

    Args:
        settings: all settings, as they were read at the start.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings.policy)
        self._root = settings.root
        self._path = settings.root / FILE
        self._looked = time.monotonic()
        self._seen = self._state()

    def now(self) -> Policy:
        """Return today's policy."""
        if time.monotonic() - self._looked >= FRESH:
            self._looked = time.monotonic()
            state = self._state()
            if state != self._seen:
                self._seen = state
                self._read()
        return super().now()

    def _state(self) -> tuple[int, int, int] | None:
        try:
            about = self._path.stat()
        except OSError:
            return None
        return about.st_mtime_ns, about.st_size, about.st_ino

    def _read(self) -> None:
        try:
            found = config.load(self._root).policy
        except Expected as error:
            log.error("policy.unreadable", error=str(error), file=str(self._path))
            return
        if found != self._policy:
            self._policy = found
            log.warning("policy.changed", file=str(self._path))
