"""The agent's limits, as the settings say them at this moment."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from ops import config, logs
from ops.settings import FILE, Settings
from processors.agent.caps import Caps
from processors.agent.settings import CapSettings
from processors.agent.turns import Limits
from schemas.errors import Expected
from streams.spending import Spent

log = logs.logger("limits")

FRESH = 0.5
"""Seconds for which the file is not looked at again."""


def limits(settings: Settings) -> Limits:
    """Return how far a turn may go, and what may be spent beyond one.

    A change of `config.yaml` counts from the next step on.

    Args:
        settings: all settings, as they were read at the start.
    """
    return _limits(settings, _File(settings).now)


@dataclass(frozen=True, slots=True)
class _Watched(Limits):
    """Limits that look whether there are newer ones."""

    look: Callable[[], Limits] = Limits

    def now(self) -> Limits:
        return self.look()


class _File:
    """Reads the file anew once it has changed; one that does not fit changes nothing."""

    def __init__(self, settings: Settings) -> None:
        self._root = settings.root
        self._path = settings.root / FILE
        self._limits = _limits(settings, self.now)
        self._looked = time.monotonic()
        self._seen = self._state()

    def now(self) -> Limits:
        if time.monotonic() - self._looked >= FRESH:
            self._looked = time.monotonic()
            state = self._state()
            if state != self._seen:
                self._seen = state
                self._read()
        return self._limits

    def _state(self) -> tuple[int, int, int] | None:
        try:
            about = self._path.stat()
        except OSError:
            return None
        return about.st_mtime_ns, about.st_size, about.st_ino

    def _read(self) -> None:
        try:
            self._limits = _limits(config.load(self._root), self.now)
        except Expected as error:
            log.error("limits.unreadable", error=str(error), file=str(self._path))


def _limits(settings: Settings, look: Callable[[], Limits]) -> Limits:
    agent = settings.agent
    return _Watched(
        steps=agent.max_steps,
        seconds=agent.max_seconds,
        tokens=agent.max_tokens,
        patience=settings.models.patience,
        cost=_millionths(agent.max_cost),
        calls=agent.max_calls,
        refusals=agent.max_refusals,
        context=agent.context_tokens,
        tools=agent.tool_tokens,
        depth=agent.max_depth,
        caps=Caps(_cap(agent.session), _cap(agent.person), _cap(agent.day)),
        look=look,
    )


def _cap(cap: CapSettings) -> Spent:
    return Spent(_millionths(cap.cost), cap.tokens, cap.calls, cap.seconds * 1_000)


def _millionths(dollars: float) -> int:
    # A cap that somebody set, however small, is not the 0 that means none.
    return max(1, round(dollars * 1_000_000)) if dollars else 0
