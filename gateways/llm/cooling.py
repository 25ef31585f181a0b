"""Models that failed are left alone for a while, longer each time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

FIRST = 2.0
"""Seconds after the first failure; it doubles with each further one in a row."""
MOST = 60.0
"""Seconds at most, unless the provider asks for more."""


@dataclass(frozen=True, slots=True)
class Rest:
    """How long a model is left alone.

    Attributes:
        failures: how many in a row.
        until: by the clock.
        way: how it was asked: with another key, or elsewhere, it is another model.
    """

    failures: int
    until: float
    way: object = None


class Cooling:
    """What one process knows of all models' health.

    Args:
        clock: tells seconds, and never goes back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rests: dict[str, Rest] = {}
        self._faults: dict[str, tuple[str, object]] = {}

    def failed(self, model: str, retry_after: float | None, way: object = None) -> None:
        """Leave a model alone: as long as it asked, or longer with each failure in a row.

        Args:
            model: its name.
            retry_after: seconds it asked for.
            way: how it was asked; the rest is for nobody who asks it in another way.
        """
        before = self._rest(model, way)
        failures = before.failures if before else 0
        # Many turns meet the same trouble at once; only one that comes after a rest is a next one.
        failures += not self.seconds(model, way)
        seconds = min(FIRST * 2.0 ** (failures - 1), MOST)
        until = self._clock() + max(seconds, retry_after or 0.0)
        self._rests[model] = Rest(failures, max(until, before.until if before else 0.0), way)

    def noted(self, model: str, code: str, way: object = None) -> None:
        """Remember with which error a model failed, also one after which it is not left alone."""
        self._faults[model] = code, way

    def fault(self, model: str, way: object = None) -> str:
        """Return the code of the error with which a model failed last; "" once it has worked."""
        code, asked = self._faults.get(model, ("", way))
        return code if asked == way else ""

    def worked(self, model: str) -> None:
        """Forget its failures."""
        self._rests.pop(model, None)
        self._faults.pop(model, None)

    def failures(self, model: str) -> int:
        """Return how often in a row it failed, each time after a rest; 0 once it has worked."""
        rest = self._rests.get(model)
        return rest.failures if rest else 0

    def seconds(self, model: str, way: object = None) -> float:
        """Return for how long it is still left alone; 0 when it can be asked."""
        rest = self._rest(model, way)
        return max(0.0, rest.until - self._clock()) if rest else 0.0

    def _rest(self, model: str, way: object) -> Rest | None:
        rest = self._rests.get(model)
        return rest if rest and rest.way == way else None
