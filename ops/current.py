"""The settings as they are at this moment: `config.yaml` is looked at again while all runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from ops import config, logs
from ops.settings import FILE, Settings
from schemas.errors import Expected

log = logs.logger("settings")

T = TypeVar("T")

FRESH = 0.5
"""Seconds for which the file is not looked at again."""


class Current:
    """Reads the file anew once it has changed; one that does not fit changes nothing.

    Args:
        settings: all settings, as they were read at the start.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._path = settings.root / FILE
        self._looked = time.monotonic()
        self._seen = self._state()

    def now(self) -> Settings:
        """Return the settings of this moment."""
        if time.monotonic() - self._looked >= FRESH:
            self.look()
        return self._settings

    def look(self) -> None:
        """Look at the file now, for what was just written."""
        self._looked = time.monotonic()
        state = self._state()
        if state != self._seen:
            self._seen = state
            self._read()

    def made(self, part: Callable[[Settings], object], make: Callable[[Settings], T]) -> Made[T]:
        """Return what is made of the settings, and made again once its part of them is another.

        Args:
            part: what it depends on.
            make: makes it; the first time now. Where a later one cannot be made, the last stays.

        Raises:
            Expected: the first one cannot be made.
        """
        return Made(self, part, make)

    def _state(self) -> tuple[int, int, int] | None:
        try:
            about = self._path.stat()
        except OSError:
            return None
        return about.st_mtime_ns, about.st_size, about.st_ino

    def _read(self) -> None:
        try:
            self._settings = config.load(self._settings.root)
        except Expected as error:
            log.error("settings.unreadable", error=str(error), file=str(self._path))
        else:
            log.info("settings.read", file=str(self._path))


class Made(Generic[T]):
    """Something that is made of settings, as they are at this moment; see `Current.made`."""

    def __init__(
        self, current: Current, part: Callable[[Settings], object], make: Callable[[Settings], T]
    ) -> None:
        self._current, self._part, self._make = current, part, make
        self._of = current.now()
        self._found = make(self._of)

    def __call__(self) -> T:
        """Return the one of this moment."""
        settings = self._current.now()
        if settings is not self._of:
            before, self._of = self._of, settings
            if self._part(before) != self._part(settings):
                self._again(settings)
        return self._found

    def _again(self, settings: Settings) -> None:
        try:
            self._found = self._make(settings)
        except Expected as error:
            log.error("settings.unusable", error=str(error))
